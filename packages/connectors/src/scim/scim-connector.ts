import { setMaxListeners } from 'node:events'
import type { Connector, Hint, Row } from '@freshet/connect'
import { FreshetError, type SourceConnection } from '@freshet/protocol'
import type { DeliveredState, Delivery, UserState } from '@freshet/scim'
import type { Timer } from '@freshet/wire'

/** States that wait for Freshet at a time. */
export const DELIVERIES_MAX = 20_000
/** The time after which an unanswered state is an error. */
export const DELIVERED_WITHIN_MS = 10_000

/** Options of the kind `scim`. */
export interface ScimOptions {
  /** SHA-256 of each bearer token that is accepted, in hexadecimal. */
  readonly tokenHashes: readonly string[]
}

/** @throws `config.invalid` for an option that is missing, unknown or malformed */
export function scimOptions({ tenant, options }: SourceConnection): ScimOptions {
  for (const name of options.keys())
    if (name !== 'tokenSha256') throw invalid(`connect.${tenant}.options: ${name} is not known.`)
  const tokenHashes =
    options
      .get('tokenSha256')
      ?.split(',')
      .map((each) => each.trim()) ?? []
  if (tokenHashes.length > 0 && tokenHashes.length <= 2 && tokenHashes.every(isHash))
    return { tokenHashes }
  throw invalid(
    `connect.${tenant}.options.tokenSha256 is no SHA-256 of a token in hexadecimal, or two with a comma between them.`,
  )
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

function invalid(message: string): FreshetError {
  return new FreshetError('config.invalid', message)
}

/** States that were delivered to one run of the hints. */
interface Feed {
  readonly hints: Hint[]
  readonly signal: AbortSignal
  wake: () => void
}

/**
 * Gives the engine what a provisioner sends. `deliver` resolves when Freshet has accepted the states. While the engine
 * has no epoch, because another process works or the gateway does not answer, `deliver` throws.
 *
 * `states` gives every user, for the comparison.
 */
export function scimConnector(
  { intervalMs }: SourceConnection,
  timer: Timer,
  states: () => AsyncIterable<UserState>,
): Connector & Delivery {
  let feed: Feed | undefined
  return {
    covers: 'door',
    async *hints(_cursor, signal) {
      const ending = new AbortController()
      const own: Feed = { hints: [], signal: ending.signal, wake: () => {} }
      setMaxListeners(0, own.signal)
      feed = own
      try {
        // The last process possibly ended between a commit and the answer of the gateway.
        yield { kind: 'touched-all', why: 'the process did not receive requests before' }
        while (!signal.aborted) {
          const startedMs = timer.monotonicMs()
          yield* own.hints.splice(0)
          yield { kind: 'drained', cursor: 'open', startedMs }
          const woken = new AbortController()
          own.wake = () => woken.abort()
          if (own.hints.length === 0)
            await timer.sleep(intervalMs, AbortSignal.any([signal, woken.signal]))
        }
      } finally {
        if (feed === own) feed = undefined
        ending.abort()
      }
    },
    async *list() {
      for await (const state of states()) yield rowOf(state)
    },
    async deliver(delivered) {
      if (feed === undefined)
        throw unavailable('This process does not work for the source now. Repeat the request.')
      if (feed.hints.length + delivered.length > DELIVERIES_MAX)
        throw unavailable('Too many states wait for Freshet. Repeat the request.')
      await accepted(feed, delivered, timer)
    },
  }
}

async function accepted(
  feed: Feed,
  delivered: readonly DeliveredState[],
  timer: Timer,
): Promise<void> {
  const done = new AbortController()
  const all = delivered.map(
    (state) =>
      new Promise<void>((resolve) => {
        const row = rowOf(state)
        feed.hints.push(
          state.isGone === true
            ? { kind: 'gone', key: row.key, last: row, onAccepted: resolve }
            : { kind: 'row', row, onAccepted: resolve },
        )
      }),
  )
  feed.wake()
  const timedOut = timer.sleep(DELIVERED_WITHIN_MS, AbortSignal.any([feed.signal, done.signal]))
  const failed = timedOut.then(() => {
    throw unavailable('Freshet did not accept the change in time. Repeat the request.')
  })
  failed.catch(() => undefined)
  try {
    await Promise.race([Promise.all(all), failed])
  } finally {
    done.abort()
  }
}

function rowOf({ key, attributes, enabled }: UserState): Row {
  return { key, attributes: attributes as Row['attributes'], enabled }
}

function unavailable(message: string): FreshetError {
  return new FreshetError('connect.unavailable', message)
}
