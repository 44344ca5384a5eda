import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { parseVersion, type StatedKind } from '@freshet/protocol'
import { loadRegistry } from '@freshet/runtime'
import { askSourceStatus, type Delivery, postBatch, type SourceStatusAnswer } from '@freshet/source'
import { CliError } from '../../cli-error.ts'
import { EXIT, Negative } from '../../exit-code.ts'
import { awaitedSnapshot } from '../../load/awaited-states.ts'
import { loadFile, type LoadRequest, type LoadResult, type Numbering } from '../../load/load.ts'
import type { LoadFormat } from '../../load/read-rows.ts'
import { printTarget } from '../../context.ts'
import type { Shell } from '../../shell.ts'
import { sourceAccess, type SourceAccess, type SourceAccessOptions } from './source-access.ts'

const RANDOM_STEPS = 1_000_000

/** The options of the command line. */
export interface SourceLoadOptions extends SourceAccessOptions {
  /** The key file, by its name in earlier releases. */
  readonly key?: string | undefined
  readonly format?: LoadFormat | undefined
  readonly state?: string | undefined
  readonly asOf?: string | undefined
  readonly states?: readonly StatedKind[] | undefined
  readonly skipBad?: true | undefined
  readonly restart?: true | undefined
  readonly confirm?: true | undefined
  /** See `LoadRequest`. */
  readonly follows?: true | undefined
}

/** The duration, beside the result. */
export type SourceLoadResult = LoadResult & { readonly source: string; readonly seconds: number }

/** Runs `freshet source load`. @throws `CliError`, `ProblemError`, `registry.invalid` */
export async function runSourceLoad(
  shell: Shell,
  path: string,
  options: SourceLoadOptions,
): Promise<SourceLoadResult> {
  const access = await sourceAccess(shell, withKeyFile(options))
  await printTarget(shell, access.gateway)
  const request = requestOf(path, options, access)
  const registry = access.registry && (await loadRegistry(access.registry)).registry
  const startMs = performance.now()
  const progress = loadProgress({
    write: (text) => shell.err(text),
    isTerminal: shell.isInteractive,
    nowMs: () => performance.now(),
  })
  let statusAnswer: Promise<SourceStatusAnswer> | undefined
  const status = (): Promise<SourceStatusAnswer> =>
    (statusAnswer ??= askSourceStatus(access.key, access.gateway, access.tenant))
  const stop = new AbortController()
  const signal = AbortSignal.any([shell.signal, stop.signal])
  try {
    const result = await loadFile(request, {
      delivery: deliveryOf(access, signal, progress),
      registry: registry || undefined,
      numbering: async () => numberingOf(await status()),
      awaited: async () => awaitedSnapshot(await status()),
      print: (sentence) => progress.print(sentence),
      onProgress: (done, total) => progress.show(done, total),
    })
    const seconds = (performance.now() - startMs) / 1_000
    return { ...result, source: request.source, seconds }
  } catch (error) {
    if (!shell.signal.aborted) throw error
    progress.print('stopped; run the same command again to go on from here')
    throw new Negative(EXIT.error)
  } finally {
    progress.end()
    stop.abort()
  }
}

/** The options with the key file by its present name. */
export function withKeyFile(options: SourceLoadOptions): SourceAccessOptions {
  return { ...options, keyFile: options.keyFile ?? options.key }
}

function requestOf(path: string, options: SourceLoadOptions, access: SourceAccess): LoadRequest {
  const version = options.asOf === undefined ? undefined : parseVersion(options.asOf)
  if (options.asOf !== undefined && version === undefined) {
    throw new CliError('usage', '--as-of is a source version: a number, or "epoch.number".')
  }
  return {
    path,
    format: options.format ?? (path.endsWith('.csv') ? 'csv' : 'jsonl'),
    statePath: options.state ?? `${path}.load.json`,
    source: options.source,
    tenant: access.tenant,
    iss: access.iss,
    version,
    states: options.states ?? [],
    skipBad: options.skipBad === true,
    restart: options.restart === true,
    confirm: options.confirm === true,
    follows: options.follows === true,
  }
}

function deliveryOf(access: SourceAccess, signal: AbortSignal, progress: LoadProgress): Delivery {
  return {
    signal,
    post: (text) => postBatch(access.key, access.gateway, { text, signal }),
    sleep: (ms) => wait(ms, undefined, { signal }),
    nowMs: () => performance.now(),
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    onWait: (why, ms) => progress.print(`waiting ${(ms / 1_000).toFixed(1)} s: ${why}`),
  }
}

const WIDTH = 24
const LINE_EVERY_MS = 5_000
const BAR_EVERY_MS = 100

/** Shows how far a load is. */
interface LoadProgress {
  show(done: number, total: number): void
  /** Writes a sentence on a line of its own. */
  print(sentence: string): void
  /** Ends the line of the bar. */
  end(): void
}

/** A bar that is drawn over on a terminal, else a line every 5 s. */
export function loadProgress(parts: {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  readonly nowMs: () => number
}): LoadProgress {
  const { write, isTerminal, nowMs } = parts
  const startMs = nowMs()
  let shownMs = startMs
  let first: number | undefined
  let isOpen = false
  const close = (): void => {
    if (isOpen) write('\n')
    isOpen = false
  }
  return {
    show(done, total) {
      first ??= done
      const ms = nowMs()
      const isDue = ms - shownMs >= (isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS)
      if (!isDue && done < total) return
      shownMs = ms
      const text = lineOf({
        done,
        total,
        perSecond: ((done - first) / (ms - startMs || 1)) * 1_000,
      })
      if (isTerminal) write(`\r${barOf(done / total)} ${text}\u001b[K`)
      else write(`${text}\n`)
      isOpen = isTerminal
    },
    print(sentence) {
      close()
      write(`${sentence}\n`)
    },
    end: close,
  }
}

function lineOf(at: { done: number; total: number; perSecond: number }): string {
  const { done, total, perSecond } = at
  const left = perSecond > 0 ? `, ${Math.ceil((total - done) / perSecond)} s left` : ''
  return `${done} of ${total} events, ${Math.round(perSecond)} a second${done < total ? left : ''}`
}

function barOf(share: number): string {
  const full = Math.round(share * WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`
}

/** Most sequences that a full statement can make up for. */
export const GAPS_MAX = 1_000
/** The number of ranges that the gateway returns; there can be more. */
const RANGES_MAX = 20

/**
 * The free sequence numbers that a gateway returns. @throws `CliError` if more are missing than it returns
 */
export function numberingOf({
  next,
  above,
  holes = [],
}: Pick<SourceStatusAnswer, 'next' | 'above' | 'holes'>): Numbering | undefined {
  if (next === undefined) return undefined
  const missing = holes.reduce((sum, { from, to }) => sum + BigInt(to) - BigInt(from) + 1n, 0n)
  if (missing > BigInt(GAPS_MAX) || holes.length >= RANGES_MAX) {
    throw new CliError(
      'error',
      `Too many sequence numbers of the source are missing: ${missing}.`,
      {
        next: 'send events for them first, in order: GET /v1/sources/{source} names the next',
      },
    )
  }
  const gaps = holes.flatMap(({ from, to }) => {
    const first = BigInt(from)
    const count = Number(BigInt(to) - first) + 1
    return Array.from({ length: count }, (_, n) => first + BigInt(n))
  })
  return { gaps, from: BigInt(gaps.length > 0 ? (above ?? next) : next) }
}
