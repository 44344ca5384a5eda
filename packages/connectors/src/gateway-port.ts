import type { BegunEpoch, FreshetPort, StatedState } from '@freshet/connect'
import {
  errorCodes,
  FreshetError,
  parseVersion,
  type Change,
  type ClaimValue,
  type ErrorCode,
} from '@freshet/protocol'
import {
  askAsSource,
  BATCH_BYTES_MAX,
  deliver,
  postAsSource,
  postBatch,
  UndeliveredError,
  type SentEvent,
  type SourceKey,
} from '@freshet/source'
import { ProblemError } from '@freshet/source/problem'
import { formatChangeEvent, formatRfc3339, type Timer } from '@freshet/wire'
import * as z from 'zod'

const JSON_TYPE = 'application/json'
/** Refusals of all that a source sends. Others concern the content of one change. */
const OF_SOURCE: ReadonlySet<string> = new Set([
  'event.superseded',
  'event.unauthentic',
  'event.sequence',
])

const epochForm = z.object({ epoch: z.string().regex(/^\d+$/), cursor: z.string().optional() })
const feedForm = z.object({ through: z.string().nullable() })
const pageForm = z.object({
  states: z.array(
    z.object({
      iss: z.string(),
      sub: z.string(),
      claim: z.string().optional(),
      values: z.array(z.union([z.string(), z.number(), z.boolean()])),
      sourceVersion: z.string(),
    }),
  ),
  next: z.string().optional(),
})

/** The parts that the gateway is asked with. */
export interface GatewayPortParts {
  readonly gateway: string
  readonly source: string
  readonly tenant: string
  /** Returns the key that signs. It is read for each request, so a replaced key needs no restart. */
  readonly key: () => Promise<SourceKey>
  readonly timer: Timer
  /** 0 to 1. */
  readonly random: () => number
  /** Called for each change whose values the gateway refuses. The claim of the subject has no values then. */
  readonly onRefused: (change: Change, code: string) => void
}

/** The gateway over HTTP, for one source in one tenant. A gateway that does not answer is asked again. */
export function gatewayPort(parts: GatewayPortParts): FreshetPort {
  const { gateway, source, tenant, key, timer } = parts
  const post = (path: string, json: object, until: AbortSignal): Promise<unknown> =>
    asked(
      async () =>
        postAsSource(await key(), { gateway, path }, { contentType: JSON_TYPE, json, until }),
      until,
    )
  const ask = (query: Record<string, string>, path: string, until: AbortSignal): Promise<unknown> =>
    asked(
      async () => askAsSource(await key(), gateway, { tenant, ...query }, { until, path }),
      until,
    )
  return {
    async beginEpoch(signal): Promise<BegunEpoch> {
      const path = `/v1/sources/${encodeURIComponent(source)}/epochs`
      const { epoch, cursor } = formed(epochForm, await post(path, { tenant }, signal))
      return { epoch: BigInt(epoch), ...(cursor !== undefined && { cursor }) }
    },
    send: (changes, signal) => sendAll(parts, changes, signal),
    async heartbeat({ throughMs, sentMs, epoch, cursor }, signal) {
      const through = formatRfc3339(Math.trunc(throughMs))
      const sent = formatRfc3339(Math.trunc(sentMs))
      const json = { tenant, through, sent, epoch: epoch.toString(), cursor }
      await post('/v1/heartbeats', json, signal)
    },
    async *states(signal): AsyncGenerator<StatedState> {
      let after: string | undefined
      do {
        const page = formed(pageForm, await pageOf(after))
        for (const { sourceVersion, claim, ...same } of page.states) {
          const version = parseVersion(sourceVersion)
          if (version === undefined) throw unexpected()
          yield { ...same, ...(claim !== undefined && { claim }), version }
        }
        after = page.next
      } while (after !== undefined)

      async function pageOf(place: string | undefined): Promise<unknown> {
        for (;;) {
          try {
            return await ask(place === undefined ? {} : { after: place }, '/state', signal)
          } catch (error) {
            if (!(error instanceof FreshetError) || error.code !== 'limit.reached') throw error
            await timer.sleep(error.retryAfterMs ?? PAUSE_MS, signal)
            signal.throwIfAborted()
          }
        }
      }
    },
    async throughMs(signal) {
      const { through } = formed(feedForm, await ask({}, '', signal))
      return through === null ? undefined : Date.parse(through)
    },
  }
}

const PAUSE_MS = 1_000

/** Sends changes until each was answered 202. One whose values are refused is replaced by one without values. */
async function sendAll(
  parts: GatewayPortParts,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const { gateway, key, timer, random, onRefused } = parts
  const waiting = new Map(changes.map((change) => [change.id, change]))
  while (waiting.size > 0) {
    const batch = batchOf(waiting.values())
    try {
      await deliver(
        {
          signal,
          post: async (text) => postBatch(await key(), gateway, { text, signal }),
          sleep: async (ms) => {
            await timer.sleep(ms, signal)
            signal.throwIfAborted()
          },
          nowMs: () => timer.monotonicMs(),
          random,
          onWait: () => {},
        },
        batch,
      )
      for (const { name } of batch) waiting.delete(name)
    } catch (error) {
      const refused = refusedIn(error, waiting)
      if (refused === undefined) throw freshetError(error)
      onRefused(refused.change, refused.code)
      waiting.set(refused.change.id, withoutValues(refused.change))
    }
  }
}

function batchOf(changes: Iterable<Change>): readonly SentEvent[] {
  const batch: SentEvent[] = []
  let bytes = 0
  for (const change of changes) {
    const json = JSON.stringify(formatChangeEvent(change))
    bytes += Buffer.byteLength(json) + 1
    if (batch.length > 0 && bytes > BATCH_BYTES_MAX) break
    batch.push({ name: change.id, json })
  }
  return batch
}

/** Returns the change whose values were refused, if it has values that can be left out. */
function refusedIn(
  error: unknown,
  waiting: ReadonlyMap<string, Change>,
): { readonly change: Change; readonly code: string } | undefined {
  if (!(error instanceof UndeliveredError)) return undefined
  const { reason, event = '', code = '' } = error.refusal
  const change = waiting.get(event)
  if (reason !== 'event' || change === undefined || OF_SOURCE.has(code)) return undefined
  return valuesOf(change).length === 0 ? undefined : { change, code }
}

function valuesOf(change: Change): readonly ClaimValue[] {
  return change.kind === 'claim' && change.op === 'set' ? change.values : []
}

function withoutValues(change: Change): Change {
  return { ...change, values: [] } as Change
}

async function asked(ask: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  try {
    return await ask()
  } catch (error) {
    signal.throwIfAborted()
    throw freshetError(error)
  }
}

/** Returns an error of the gateway under its own code. */
function freshetError(cause: unknown): unknown {
  if (cause instanceof FreshetError) return cause
  if (cause instanceof UndeliveredError) return ofCode(cause.refusal.code, cause)
  if (cause instanceof ProblemError) return ofCode(cause.code, cause, cause.retryAfterMs)
  if (cause instanceof DOMException && cause.name === 'AbortError') return cause
  const message = 'The gateway does not answer.'
  return new FreshetError('gateway.unavailable', message, { cause })
}

function ofCode(code: string | undefined, cause: Error, retryAfterMs?: number): FreshetError {
  const isKnown = code !== undefined && Object.hasOwn(errorCodes, code)
  return new FreshetError(isKnown ? (code as ErrorCode) : 'gateway.unavailable', cause.message, {
    cause,
    retryAfterMs,
  })
}

function formed<T>(form: z.ZodType<T>, answer: unknown): T {
  const parsed = form.safeParse(answer)
  if (parsed.success) return parsed.data
  throw unexpected()
}

function unexpected(): FreshetError {
  return new FreshetError('gateway.unavailable', 'The gateway gave an answer of another form.')
}
