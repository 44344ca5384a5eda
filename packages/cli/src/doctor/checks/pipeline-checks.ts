import type { EdgesAnswer, HealthAnswer, RegistryAnswer, Status } from '@freshet/insight/answers'
import { healthFindings } from '@freshet/insight/findings'
import { loadRegistry } from '@freshet/runtime'
import { consoleClient, type ConsoleClient } from '../../http/console-client.ts'
import { numberOf } from '../../output/number-of.ts'
import { askHealth } from '../../status/ask-health.ts'
import { ASK_WITHIN_MS, CONNECT_WITHIN_MS, type DoctorCheck, type CheckFinding } from '../check.ts'
import type { DoctorTarget } from '../target.ts'
import { REGISTRY_SOUND } from './registry-checks.ts'

const group = 'pipeline'
/** The check that every other question to the console needs. */
export const CONSOLE_REPORTS = 'the console reports the status'
/** The check that has the verdict of the console, with its causes. */
export const CLAIMS_FRESH = 'claims are fresh'

/** From the sources to the edges: the verdict of the console, and the registry that it judges by. */
export function pipelineChecks({
  console: access,
  registry: file,
}: DoctorTarget): readonly DoctorCheck[] {
  const client = access && consoleClient(access)
  const from = <T>(ask: (of: ConsoleClient) => Promise<T>): Promise<T> =>
    client ? ask(client) : Promise.reject(new Error('no console'))
  return [
    {
      group,
      name: CONSOLE_REPORTS,
      title: 'console',
      withinMs: CONNECT_WITHIN_MS,
      run: async () =>
        client ? countsFinding(await client.status(), await client.edges()) : notGiven,
    },
    {
      group,
      name: 'the active policy is this registry’s',
      title: 'active policy',
      needs: [CONSOLE_REPORTS, ...(file === undefined ? [] : [REGISTRY_SOUND])],
      withinMs: ASK_WITHIN_MS,
      run: async () =>
        policyFinding(
          await from((of) => of.status()),
          file === undefined ? undefined : (await loadRegistry(file)).hash,
        ),
    },
    {
      group,
      name: 'the active policy warns of nothing',
      title: 'warnings of the policy',
      needs: [CONSOLE_REPORTS],
      withinMs: ASK_WITHIN_MS,
      run: async () => warningFinding(await from((of) => of.registry())),
    },
    {
      // A console without a database still has a verdict, and one that is away is a state.
      group,
      name: CLAIMS_FRESH,
      title: 'verdict',
      ...(access === undefined && { needs: [CONSOLE_REPORTS] }),
      withinMs: CONNECT_WITHIN_MS,
      run: async () => (access ? verdictFinding(await askHealth(access)) : notGiven),
    },
  ]
}

const notGiven: CheckFinding = {
  outcome: 'skipped',
  detail: 'no console is set',
  fix: 'set FRESHET_URL and FRESHET_TOKEN, or run `freshet dev`',
}

function countsFinding(
  { partitions, sources }: Status,
  { items, total }: EdgesAnswer,
): CheckFinding {
  const counts = [
    `${partitions.length} partitions`,
    numberOf(sources.length, 'source'),
    numberOf(total ?? items.length, 'edge'),
  ]
  return { outcome: 'ok', detail: counts.join(', ') }
}

/** Reports the one verdict with its causes. Its meaning and fix are those of the first, the heaviest. */
export function verdictFinding({
  state,
  causes,
}: Pick<HealthAnswer, 'state' | 'causes'>): CheckFinding {
  const [root] = causes
  if (state === 'fresh' || root === undefined) return { outcome: 'ok', detail: state }
  return {
    outcome: state === 'degraded' ? 'warning' : 'failed',
    detail: `${state}: ${causes.map(({ what }) => what).join('; ')}`,
    means: root.effect,
    fix: root.do,
  }
}

/** Reports the warnings of the active registry, which the verdict leaves out. */
export function warningFinding(registry: Pick<RegistryAnswer, 'findings'>): CheckFinding {
  const [warning] = healthFindings({ registry })
  if (warning === undefined) return { outcome: 'ok', detail: 'none' }
  const { what, effect: means, remedy: fix } = warning
  return { outcome: 'warning', detail: what, means, fix }
}

/** Compares the active version with the file here. The verdict has the faults of the active version itself. */
export function policyFinding(
  { policy: { hash, active } }: Pick<Status, 'policy'>,
  fileHash: string | undefined,
): CheckFinding {
  const name = active === null ? 'no version' : `version ${active.version}`
  if (fileHash === undefined || fileHash === hash) return { outcome: 'ok', detail: name }
  return {
    outcome: 'warning',
    detail: `${name} is active, and the file here has other content`,
    means: 'services go by the active version; a file counts at a first start alone',
    fix: 'raise `version` in the file, then run `freshet registry publish FILE` and `freshet registry activate VERSION`; or restore the file of the active version here',
  }
}
