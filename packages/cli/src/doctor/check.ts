import { setTimeout as wait } from 'node:timers/promises'
import { errorCodes, FreshetError } from '@freshet/protocol'
import { ProblemError } from '@freshet/source/problem'
import { isUnreachable } from '../exit-code.ts'

/** The result of a check. `skipped`: it could not be made. */
export interface CheckFinding {
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped'
  /** The observation, in one sentence. Never a token, a key or a connection string. */
  readonly detail: string
  /** The meaning for the user. */
  readonly means?: string
  /** The correction, best as a command. */
  readonly fix?: string
}

/** A check of `freshet doctor`. */
export interface DoctorCheck {
  readonly group: string
  /** Its stable name in data. */
  readonly name: string
  /** Its subject, as a noun: a person reads it before the finding, so that it fits each outcome. */
  readonly title: string
  /** Names of checks that must hold, or the answer would only repeat theirs. */
  readonly needs?: readonly string[]
  /** A check that takes longer has failed. */
  readonly withinMs: number
  run(): Promise<CheckFinding> | CheckFinding
}

/** A check with what it found. */
export interface CheckResult extends CheckFinding {
  readonly group: string
  readonly name: string
  readonly title: string
}

/** The longest time of a check that asks one service once. */
export const ASK_WITHIN_MS = 5_000
/** The longest time of a check that connects to a broker or a database, which can be down. */
export const CONNECT_WITHIN_MS = 15_000
/** The longest time of a check that starts programs: Java takes seconds on a busy machine. */
export const PROGRAM_START_WITHIN_MS = 30_000
/** The longest time of a check that reads files and compiles policies, which also takes seconds on a busy machine. */
export const COMPILE_WITHIN_MS = 30_000

/** Makes all checks, at once where none needs another; the answers in the order given. */
export async function runChecks(checks: readonly DoctorCheck[]): Promise<readonly CheckResult[]> {
  const results = new Map<string, Promise<CheckResult>>()
  for (const check of checks) {
    const needs = (check.needs ?? []).flatMap((name) => results.get(name) ?? [])
    results.set(check.name, resultOf(check, needs))
  }
  return Promise.all(results.values())
}

async function resultOf(
  check: DoctorCheck,
  needs: readonly Promise<CheckResult>[],
): Promise<CheckResult> {
  const { group, name, title } = check
  const before = await Promise.all(needs)
  const missing = before.find(({ outcome }) => outcome !== 'ok' && outcome !== 'warning')
  if (missing) {
    const detail = `cannot be checked until “${missing.title}” passes`
    return { group, name, title, outcome: 'skipped', detail }
  }
  return { group, name, title, ...(await findingOf(check)) }
}

async function findingOf(check: DoctorCheck): Promise<CheckFinding> {
  try {
    const work = Promise.resolve().then(() => check.run())
    const detail = `no answer within ${check.withinMs / 1000} s`
    return await inTimeOr({ outcome: 'failed', detail }, check.withinMs, work)
  } catch (error) {
    return failureOf(error)
  }
}

/** The work’s outcome, or `late` when it takes longer. */
async function inTimeOr<T>(late: T, withinMs: number, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const over = wait(withinMs, late, { signal: done.signal })
  over.catch(() => {})
  try {
    return await Promise.race([work, over])
  } finally {
    done.abort()
  }
}

/** The error, with its entry in the catalogue. */
export function failureOf(error: unknown): CheckFinding {
  const outcome = 'failed'
  if (error instanceof FreshetError) {
    const { what, remedy } = errorCodes[error.code]
    const detail = error.message.split('\n').join(' ')
    return { outcome, detail, means: `${what} (${error.code})`, fix: remedy }
  }
  if (error instanceof ProblemError) {
    return { outcome, detail: `answers ${error.status}: ${error.message}`, means: error.code }
  }
  if (isUnreachable(error)) {
    const cause = error instanceof Error ? error.cause : undefined
    const why = cause instanceof Error ? Object(cause)['code'] : undefined
    return { outcome, detail: `does not answer${typeof why === 'string' ? ` (${why})` : ''}` }
  }
  return { outcome, detail: error instanceof Error ? error.message : 'failed' }
}
