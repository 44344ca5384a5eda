import type { EdgesAnswer, Status } from '@freshet/insight/answers'
import type { HealthFigures } from '@freshet/insight/findings'
import { consoleClient, type ConsoleClient } from '../../http/console-client.ts'
import { askHealth } from '../../status/ask-health.ts'
import { ASK_WITHIN_MS, CONNECT_WITHIN_MS, type DoctorCheck, type CheckFinding } from '../check.ts'
import {
  findingOf,
  hashOf,
  policyFinding,
  TITLES,
  verdictFinding,
  type CHECKED,
} from './pipeline-findings.ts'
import { REGISTRY_SOUND } from './registry-checks.ts'
import type { DoctorTarget } from '../target.ts'
import { numberOf } from '../../output/number-of.ts'

const group = 'pipeline'
/** The check that every other question to the console needs. */
export const CONSOLE_REPORTS = 'the console reports the status'

/** From the sources to the edges, as the console sees them. Asked once for all checks. */
export function pipelineChecks({
  console: access,
  registry: file,
}: DoctorTarget): readonly DoctorCheck[] {
  const client = access && consoleClient(access)
  const answerOnce = <T>(ask: (of: ConsoleClient) => Promise<T>) =>
    once(() => (client ? ask(client) : Promise.reject(new Error('no console'))))
  const status = answerOnce((of) => of.status())
  const edges = answerOnce((of) => of.edges())
  const withStatus = async (): Promise<WithStatus> => ({ status: await status() })
  return [
    {
      group,
      name: CONSOLE_REPORTS,
      title: 'console',
      withinMs: CONNECT_WITHIN_MS,
      run: async () => (client ? statusFinding(await status(), await edges()) : notGiven),
    },
    {
      group,
      name: 'the active policy is this registry’s',
      title: TITLES['the active policy is this registry’s'],
      needs: [CONSOLE_REPORTS, ...(file === undefined ? [] : [REGISTRY_SOUND])],
      withinMs: ASK_WITHIN_MS,
      run: async () => policyFinding(await status(), await hashOf(file)),
    },
    verdict(access),
    check(
      'the active policy warns of nothing',
      answerOnce(async (of) => ({ registry: await of.registry() })),
      () => 'none',
    ),
    check('every source sends heartbeats', withStatus, sourcesText),
    check('no source must send a snapshot', withStatus, () => 'none'),
    check('no partition pauses', withStatus, pausesText),
    check('changes are recorded as they come', withStatus, lagText),
    check('the reconciler publishes', withStatus, outboxText),
    check(
      'nothing is quarantined',
      answerOnce(async (of) => ({ quarantined: await of.quarantined({ limit: '1' }) })),
      () => 'empty',
    ),
    check('every edge is live without lag', async () => ({ edges: await edges() }), edgesText),
  ]
}

/** A console without a database still has a verdict, and one that is away is a state. */
function verdict(access: DoctorTarget['console']): DoctorCheck {
  return {
    group,
    name: 'claims are fresh',
    title: 'verdict',
    ...(access === undefined && { needs: [CONSOLE_REPORTS] }),
    withinMs: CONNECT_WITHIN_MS,
    run: async () => (access ? verdictFinding(await askHealth(access)) : notGiven),
  }
}

/** A check of the findings in some answers, once the console answers at all. `okText` is for none. */
function check<Figures extends HealthFigures>(
  name: keyof typeof CHECKED,
  ask: () => Promise<Figures>,
  okText: (figures: Figures) => string,
): DoctorCheck {
  const run = async (): Promise<CheckFinding> => {
    const figures = await ask()
    return findingOf(name, figures, okText(figures))
  }
  const needs = [CONSOLE_REPORTS]
  return { group, name, title: TITLES[name], needs, withinMs: ASK_WITHIN_MS, run }
}

interface WithStatus {
  readonly status: Status
}

const sourcesText = ({ status: { sources } }: WithStatus): string =>
  `${sources.length} within their leases`

const pausesText = ({ status: { partitions } }: WithStatus): string =>
  `none of ${partitions.length}`

const lagText = ({ status: { partitions } }: WithStatus): string =>
  waiting(
    partitions.reduce((sum, { lag }) => sum + Number(lag ?? 0), 0),
    'record',
  )

const outboxText = ({ status: { partitions } }: WithStatus): string =>
  `${waiting(
    partitions.reduce((sum, each) => sum + each.waiting, 0),
    'row',
  )} in the outbox`

function waiting(count: number, noun: string): string {
  return numberOf(count, `${noun} waits`, `${noun}s wait`)
}

function edgesText({ edges: { items, groups = [] } }: { readonly edges: EdgesAnswer }): string {
  const all = groups.length === 0 ? items : groups
  return `${all.reduce((sum, each) => sum + (each.edges ?? 1), 0)} synced or closed`
}

const notGiven: CheckFinding = {
  outcome: 'skipped',
  detail: 'no console is set',
  fix: 'set FRESHET_URL and FRESHET_TOKEN, or run `freshet dev`',
}

function statusFinding({ partitions }: Status, { items, total }: EdgesAnswer): CheckFinding {
  const edges = total ?? items.length
  return { outcome: 'ok', detail: `${partitions.length} partitions, ${numberOf(edges, 'edge')}` }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => (answer ??= ask())
}
