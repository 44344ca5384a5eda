import {
  CLAIMS_FRESH,
  pipelineChecks,
} from '../../../packages/cli/src/doctor/checks/pipeline-checks.ts'
import { runChecks } from '../../../packages/cli/src/doctor/check.ts'
import { doctorTarget } from '../../../packages/cli/src/doctor/target.ts'
import { recordingShell } from '../../../packages/cli/src/recording-shell.ts'
import type { CliFolder } from '../cli.ts'
import type { TestStack } from '../test-stack.ts'
import type { HealthPage, ShownPage } from './health-page.ts'
import type { Verdict } from './verdict.ts'

/** A console that hangs must not hold up a look. */
const ANSWER_WITHIN_MS = 5_000
/** The evidence is gathered from the database. */
const GATHERED_WITHIN_MS = 15_000

/** The surfaces in the order of the table. */
export const SURFACES = ['/v1/health', 'status', 'doctor', 'evidence', '/metrics', 'page'] as const

export type Surface = (typeof SURFACES)[number]

/** The verdict of each surface at one moment. `null`: it has no answer. */
export interface Shown {
  readonly health: Verdict | null
  readonly status: Verdict & { readonly code: number | null }
  readonly doctor: string
  readonly evidence: Verdict | null
  readonly metrics: { readonly state: string; readonly causes: readonly string[] } | null
  /** Without a browser there is none. */
  readonly page: ShownPage | null
  /** The moment of each answer, by the clock of `performance.now`. */
  readonly atMs: Readonly<Record<Surface, number>>
}

/** Reads the surfaces of a stack. */
export interface Surfaces {
  /** Asks the console, and returns the text of its answer. */
  readonly ask: (path: string) => Promise<string>
  readonly health: () => Promise<Verdict>
  /** Reads all of them at once. The evidence is read from the database, so only while the state is known. */
  readonly read: () => Promise<Shown>
}

/** Returns the surfaces of a stack with a page that stays open. */
export function surfacesOf(stack: TestStack, cli: CliFolder, page?: HealthPage): Surfaces {
  const ask = async (path: string, withinMs = ANSWER_WITHIN_MS): Promise<string> => {
    const headers = { authorization: `Bearer ${stack.describe().admin.token}` }
    const signal = AbortSignal.timeout(withinMs)
    const answer = await fetch(new URL(path, stack.at.console), { headers, signal })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
    return answer.text()
  }
  const read = <T>(path: string, of: (text: string) => T, withinMs?: number): Promise<T | null> =>
    ask(path, withinMs).then(of, () => null)
  const evidence = async (health: Promise<Verdict | null>): Promise<Verdict | null> =>
    ((await health)?.state ?? 'unknown') === 'unknown'
      ? null
      : read('/v1/evidence', healthIn, GATHERED_WITHIN_MS)
  return {
    ask,
    health: async () => verdictIn(await ask('/v1/health')),
    read: async () => {
      const atMs: Partial<Record<Surface, number>> = {}
      const timed = async <T>(surface: Surface, answer: Promise<T>): Promise<T> => {
        const value = await answer
        atMs[surface] = performance.now()
        return value
      }
      const verdict = read('/v1/health', verdictIn)
      const [health, status, doctor, proof, metrics, shown] = await Promise.all([
        timed('/v1/health', verdict),
        timed('status', statusOf(cli)),
        timed('doctor', doctorOf(cli)),
        timed('evidence', evidence(verdict)),
        timed('/metrics', read('/metrics', metricsIn)),
        timed('page', page?.read() ?? Promise.resolve(null)),
      ])
      const verdicts = { health, status, doctor, evidence: proof, metrics, page: shown }
      return { ...verdicts, atMs: atMs as Shown['atMs'] }
    },
  }
}

async function statusOf(cli: CliFolder): Promise<Shown['status']> {
  const { code, out } = await cli.freshet('status', '-o', 'json')
  return { ...verdictIn(out), code }
}

/** Runs the check of the doctor that has the verdict. The others need seconds while a store hangs. */
async function doctorOf({ dir }: CliFolder): Promise<string> {
  const target = await doctorTarget(recordingShell({ cwd: dir }), {})
  const checks = pipelineChecks(target).filter(({ name }) => name === CLAIMS_FRESH)
  const [result] = await runChecks(checks)
  return result?.detail ?? ''
}

function verdictIn(text: string): Verdict {
  return JSON.parse(text) as Verdict
}

function healthIn(evidence: string): Verdict {
  return (JSON.parse(evidence) as { readonly health: Verdict }).health
}

function metricsIn(text: string): NonNullable<Shown['metrics']> {
  const [, state = ''] = /^freshet_health\{state="([\w-]+)"\} 1$/m.exec(text) ?? []
  const found = text.matchAll(/^freshet_health_cause\{cause="([^"]+)",object="([^"]+)"\} 1$/gm)
  return { state, causes: [...found].map(([, finding, object]) => `${finding} ${object}`) }
}
