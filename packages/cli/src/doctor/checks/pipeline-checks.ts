import type { EdgesAnswer, Status } from '@freshet/insight/answers'
import { consoleClient } from '../../http/console-client.ts'
import { ASK_WITHIN_MS, CONNECT_WITHIN_MS, type DoctorCheck, type CheckFinding } from '../check.ts'
import * as findings from './pipeline-findings.ts'
import { REGISTRY_SOUND } from './registry-checks.ts'
import type { DoctorTarget } from '../target.ts'

const group = 'pipeline'
/** The check that every other question to the console needs. */
export const CONSOLE_TELLS = 'the console reports the status'

/** From the sources to the edges, as the console sees them. Asked once for all checks. */
export function pipelineChecks({
  console: access,
  registry: file,
}: DoctorTarget): readonly DoctorCheck[] {
  const client = access && consoleClient(access)
  const status = once(() => client?.status() ?? Promise.reject(new Error('no console')))
  const edges = once(() => client?.edges() ?? Promise.reject(new Error('no console')))
  const registry = once(() => client?.registry() ?? Promise.reject(new Error('no console')))
  const onStatus = (name: string, find: (answer: Status) => CheckFinding): DoctorCheck =>
    asking(name, async () => find(await status()))
  return [
    {
      group,
      name: CONSOLE_TELLS,
      withinMs: CONNECT_WITHIN_MS,
      run: async () => (client ? told(await status(), await edges()) : notGiven),
    },
    {
      group,
      name: 'the active policy is this registry’s',
      needs: [CONSOLE_TELLS, ...(file === undefined ? [] : [REGISTRY_SOUND])],
      withinMs: ASK_WITHIN_MS,
      run: async () => findings.policyFinding(await status(), await findings.hashOf(file)),
    },
    asking('the active policy warns of nothing', async () =>
      findings.warningsFinding(await registry()),
    ),
    onStatus('every source sends heartbeats', findings.sourcesFinding),
    onStatus('no partition pauses', findings.pausesFinding),
    onStatus('changes are recorded as they come', findings.lagFinding),
    onStatus('the reconciler publishes', (answer) => findings.publisherFinding(answer, Date.now())),
    onStatus('nothing is quarantined', findings.quarantineFinding),
    asking('every edge is live without lag', async () => findings.edgesFinding(await edges())),
  ]
}

/** A check that asks the console, once it answers at all. */
function asking(name: string, run: DoctorCheck['run']): DoctorCheck {
  return { group, name, needs: [CONSOLE_TELLS], withinMs: ASK_WITHIN_MS, run }
}

const notGiven: CheckFinding = {
  outcome: 'skipped',
  detail: 'no console is set',
  fix: 'set FRESHET_URL and FRESHET_TOKEN, or run `freshet dev`',
}

function told({ partitions }: Status, { items, total }: EdgesAnswer): CheckFinding {
  const edges = total ?? items.length
  return { outcome: 'ok', detail: `${partitions.length} partitions, ${edges} edges` }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => (asked ??= ask())
}
