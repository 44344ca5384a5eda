import { readFile, rename, writeFile } from 'node:fs/promises'
import { formatVersion, parseVersion, type StatedKind } from '@freshet/protocol'
import { CliError } from '../cli-error.ts'
import type { LoadPlan } from './load-plan.ts'

/** The progress of a load: its plan, and the number of events that are acknowledged without a gap. */
export interface LoadState {
  readonly plan: LoadPlan
  readonly done: number
  /** The full statement has ended: nothing is left to do. */
  readonly finished: boolean
  /** Its end was confirmed. */
  readonly confirmed?: boolean
}

const API_VERSION = 'freshet.dev/load/v1'

interface StateFile {
  readonly apiVersion: typeof API_VERSION
  readonly source: string
  readonly tenant: string
  readonly iss: string
  readonly fileHash: string
  readonly version: string
  readonly states?: readonly StatedKind[]
  readonly occurredAt: string
  readonly firstSequence?: string
  readonly gaps?: readonly string[]
  readonly done: number
  readonly finished: boolean
  readonly confirmed?: boolean
}

/** The state of an earlier run; `undefined` if there was none. @throws `CliError` if unreadable */
export async function readLoadState(path: string): Promise<LoadState | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const state = stateOf(text)
  if (state !== undefined) return state
  throw new CliError('error', `${path} is not the state of a load.`, {
    next: 'remove it, or name another with --state',
  })
}

function stateOf(text: string): LoadState | undefined {
  try {
    const { apiVersion, version, occurredAt, firstSequence, gaps, ...rest } = JSON.parse(
      text,
    ) as StateFile
    const { done, finished, confirmed = false, ...names } = rest
    const parsed = parseVersion(version)
    if (apiVersion !== API_VERSION || parsed === undefined) return undefined
    const sequence = firstSequence === undefined ? {} : { firstSequence: BigInt(firstSequence) }
    const numbers = { ...sequence, ...(gaps && { gaps: gaps.map(BigInt) }) }
    const plan = { ...names, version: parsed, occurredAtMs: Date.parse(occurredAt), ...numbers }
    return Number.isSafeInteger(done) ? { plan, done, finished, confirmed } : undefined
  } catch {
    return undefined
  }
}

/** Writes the file whole or not at all. */
export async function writeLoadState(path: string, state: LoadState): Promise<void> {
  const { version, occurredAtMs, firstSequence, gaps, ...names } = state.plan
  const file: StateFile = {
    apiVersion: API_VERSION,
    ...names,
    version: formatVersion(version),
    occurredAt: new Date(occurredAtMs).toISOString(),
    ...(firstSequence === undefined ? {} : { firstSequence: firstSequence.toString() }),
    ...(gaps === undefined ? {} : { gaps: gaps.map(String) }),
    done: state.done,
    finished: state.finished,
    ...(state.confirmed === true && { confirmed: true }),
  }
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`)
  await rename(draft, path)
}
