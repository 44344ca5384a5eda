import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { parseVersion, type StatedKind } from '@freshet/protocol'
import { loadRegistry } from '@freshet/runtime'
import { CliError } from '../../cli-error.ts'
import { EXIT, Negative } from '../../exit-code.ts'
import { readProblem } from '../../http/problem-error.ts'
import type { Delivery, DoorAnswer, ItemAnswer } from '../../load/deliver.ts'
import { awaitedSnapshot } from '../../load/awaited-states.ts'
import { loadFile, type LoadRequest, type LoadResult } from '../../load/load.ts'
import { loadProgress, type LoadProgress } from '../../load/load-progress.ts'
import { numberingOf } from '../../load/numbering.ts'
import type { LoadFormat } from '../../load/read-rows.ts'
import { printTarget } from '../../context.ts'
import type { Shell } from '../../shell.ts'
import { askSourceStatus, postText, type SourceStatusAnswer } from '../../stack/source-client.ts'
import { sourceAccess, type SourceAccess, type SourceAccessOptions } from './source-access.ts'
import { withTimeLimit } from '../../time-limit.ts'

const ANSWER_WITHIN_MS = 30_000
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
  let asked: Promise<SourceStatusAnswer> | undefined
  const status = (): Promise<SourceStatusAnswer> =>
    (asked ??= askSourceStatus(access.key, access.gateway, access.tenant))
  const stop = new AbortController()
  const signal = AbortSignal.any([shell.signal, stop.signal])
  try {
    const result = await loadFile(request, {
      delivery: deliveryOf(access, signal, progress),
      registry: registry || undefined,
      numbering: async () => numberingOf(await status()),
      awaited: async () => awaitedSnapshot(await status()),
      say: (sentence) => progress.say(sentence),
      onProgress: (done, total) => progress.show(done, total),
    })
    const seconds = (performance.now() - startMs) / 1_000
    return { ...result, source: request.source, seconds }
  } catch (error) {
    if (!shell.signal.aborted) throw error
    progress.say('stopped; run the same command again to go on from here')
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
    post: (body) => post(access, body, signal),
    sleep: (ms) => wait(ms, undefined, { signal }),
    nowMs: () => performance.now(),
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    onWait: (why, ms) => progress.say(`waiting ${(ms / 1_000).toFixed(1)} s: ${why}`),
  }
}

async function post(
  { key, gateway }: SourceAccess,
  body: string,
  signal: AbortSignal,
): Promise<DoorAnswer> {
  const response = await postText(
    key,
    { gateway, path: '/v1/changes' },
    {
      contentType: 'application/cloudevents-batch+json',
      text: body,
      signal: withTimeLimit(signal, ANSWER_WITHIN_MS),
    },
  )
  const { status } = response
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const { items } = (await response.clone().json()) as { items?: readonly ItemAnswer[] }
  const detail = response.ok ? '' : (await readProblem(response)).message
  return { status, retryAfter: Number.isNaN(retryAfter) ? undefined : retryAfter, items, detail }
}
