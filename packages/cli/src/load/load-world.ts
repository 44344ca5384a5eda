import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Change } from '@freshet/protocol'
import type { BatchAnswer, ItemAnswer } from '@freshet/source'
import { parseChangeEvent } from '@freshet/wire'
import type { LoadParts, LoadRequest } from './load.ts'

export const WRITTEN_AT_MS = 1_795_514_000_000
export const LOAD_ISS = 'https://idp.acme.example'

/** The answer to a request instead of its acceptance; an error means no answer. */
export type Planned = BatchAnswer | Error | ((changes: readonly Change[]) => readonly ItemAnswer[])

/** A folder with files to load, and a gateway that does what a test plans; for tests. */
export class LoadWorld {
  /** Sizes of the batches that were taken. */
  readonly batches: number[] = []
  readonly printed: string[] = []
  readonly waits: number[] = []
  /** The answers to the next requests, in order. */
  readonly plan: Planned[] = []
  readonly #dir: string
  readonly #accepted = new Map<string, Change>()
  #underWay = 0
  #atATime = 0
  #nowMs = 0
  #stop = new AbortController()

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Every event that was accepted, in its order. */
  changes(): readonly Change[] {
    return [...this.#accepted.values()]
  }

  nowMs(): number {
    return this.#nowMs
  }

  /** Most requests that were under way at once. */
  atATime(): number {
    return this.#atATime
  }

  /** Accepts an event; one that is known must be the same. */
  accept(change: Change): ItemAnswer {
    const before = this.#accepted.get(change.id)
    if (before !== undefined && !isDeepStrictEqual(before, change)) {
      return { status: 409, code: 'event.conflict', detail: 'other content' }
    }
    this.#accepted.set(change.id, change)
    return { status: 202 }
  }

  /** Ends the run as Ctrl-C does, and lets another begin. */
  interrupt(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
  }

  async post(body: string, signal: AbortSignal = this.#stop.signal): Promise<BatchAnswer> {
    signal.throwIfAborted()
    this.#underWay += 1
    this.#atATime = Math.max(this.#atATime, this.#underWay)
    await new Promise((resolve) => setImmediate(resolve))
    this.#underWay -= 1
    const events = (JSON.parse(body) as unknown[]).map((json) => parseChangeEvent(json).change)
    const planned = this.plan.shift()
    if (planned instanceof Error) throw planned
    if (planned !== undefined && typeof planned !== 'function') return planned
    this.batches.push(events.length)
    const items = planned?.(events) ?? events.map((event) => this.accept(event))
    return { status: 202, retryAfter: undefined, detail: '', items }
  }

  parts(more: Partial<LoadParts> = {}): LoadParts {
    const { signal } = this.#stop
    return {
      delivery: {
        signal,
        post: (body) => this.post(body, signal),
        sleep: async (ms) => {
          signal.throwIfAborted()
          this.waits.push(ms)
          this.#nowMs += ms
        },
        nowMs: () => this.#nowMs,
        random: () => 0,
        onWait: () => {},
      },
      registry: undefined,
      numbering: () => Promise.resolve(undefined),
      awaited: () => Promise.resolve({ states: [], afterMs: 0 }),
      print: (sentence) => void this.printed.push(sentence),
      onProgress: () => {},
      ...more,
    }
  }

  async file(name: string, text: string | Uint8Array): Promise<string> {
    const path = join(this.#dir, name)
    await writeFile(path, text)
    await utimes(path, WRITTEN_AT_MS / 1_000, WRITTEN_AT_MS / 1_000)
    return path
  }

  dispose(): Promise<void> {
    return rm(this.#dir, { recursive: true })
  }
}

/** Makes one. */
export async function loadWorld(): Promise<LoadWorld> {
  return new LoadWorld(await mkdtemp(join(tmpdir(), 'freshet-load-')))
}

/** A line for each of `count` subjects. */
export function jsonLines(count: number): string {
  const line = (n: number): string =>
    JSON.stringify({ subject: `s${n}`, claim: 'groups', value: ['staff'] })
  return Array.from({ length: count }, (_, n) => line(n)).join('\n')
}

/** Loads it as `hr`. */
export function loadRequest(path: string, more: Partial<LoadRequest> = {}): LoadRequest {
  return {
    path,
    format: path.endsWith('.csv') ? 'csv' : 'jsonl',
    statePath: `${path}.load.json`,
    source: 'hr',
    tenant: 'acme',
    iss: LOAD_ISS,
    version: undefined,
    states: [],
    skipBad: false,
    restart: false,
    confirm: false,
    follows: false,
    ...more,
  }
}
