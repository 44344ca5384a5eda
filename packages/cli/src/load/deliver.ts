import { CliError } from '../cli-error.ts'

/** Events of one request. */
export const BATCH_EVENTS_MAX = 500
/** Bytes of one body, below the gateway's limit of 256 KiB. */
export const LOAD_BODY_BYTES_MAX = 240_000
/** The longest time that a batch is repeated without any accepted event. */
export const GIVE_UP_MS = 600_000
const BACK_OFF_MS = { first: 250, max: 10_000 } as const

/** One event as it is sent. */
export interface LoadEvent {
  /** The name in messages: a line of the file, or a snapshot marker. */
  readonly name: string
  readonly json: string
}

/** The gateway's answer to a batch, as far as it is read here. */
export interface BatchAnswer {
  readonly status: number
  /** Seconds. */
  readonly retryAfter: number | undefined
  readonly items: readonly ItemAnswer[] | undefined
  /** The gateway's answer about the whole batch. */
  readonly detail: string
}

/** The answer to one event. */
export interface ItemAnswer {
  readonly status: number
  readonly code?: string
  readonly detail?: string
  readonly retryAfter?: number
}

/** The parts that sending needs. */
export interface Delivery {
  /** Sends a body; rejects if the gateway does not answer. */
  post(body: string): Promise<BatchAnswer>
  /** Rejects when the signal aborts. */
  sleep(ms: number): Promise<void>
  nowMs(): number
  /** 0 to 1. */
  random(): number
  readonly signal: AbortSignal
  /** Called with the reason of a wait. */
  onWait(why: string, ms: number): void
}

/**
 * Sends events until each is accepted. An event that is refused for a limit or not answered is sent again at
 * the time that the gateway names, or with growing pauses. The gateway recognises events that it accepted in
 * between.
 *
 * @throws `CliError` naming line and rule of an event that is refused for good; unreachable after
 *   {@link GIVE_UP_MS} in which nothing was accepted
 */
export async function deliver(delivery: Delivery, events: readonly LoadEvent[]): Promise<void> {
  let waiting = events
  let sinceMs = delivery.nowMs()
  for (let attempt = 0; waiting.length > 0; attempt += 1) {
    const { left, why, retryAfterMs } = await attemptOnce(delivery, waiting)
    if (left.length < waiting.length) {
      sinceMs = delivery.nowMs()
      attempt = 0
    }
    waiting = left
    if (waiting.length === 0) return
    if (delivery.nowMs() - sinceMs > GIVE_UP_MS) throw gaveUp(why)
    const ms = Math.max(retryAfterMs, backOff(attempt, delivery.random()))
    delivery.onWait(why, ms)
    await delivery.sleep(ms)
  }
}

interface Attempt {
  readonly left: readonly LoadEvent[]
  readonly why: string
  readonly retryAfterMs: number
}

async function attemptOnce(delivery: Delivery, events: readonly LoadEvent[]): Promise<Attempt> {
  const body = `[${events.map(({ json }) => json).join(',')}]`
  const answer = await delivery.post(body).catch((error: unknown) => {
    delivery.signal.throwIfAborted()
    return error instanceof Error ? error : new Error(String(error))
  })
  if (answer instanceof Error)
    return { left: events, why: 'the gateway does not answer', retryAfterMs: 0 }
  if (answer.items !== undefined) return byItem(events, answer.items)
  if (!isPassing(answer.status)) throw refusedWhole(answer)
  return { left: events, why: answer.detail, retryAfterMs: secondsToMs(answer.retryAfter) }
}

function byItem(events: readonly LoadEvent[], items: readonly ItemAnswer[]): Attempt {
  const left: LoadEvent[] = []
  let why = ''
  let retryAfterMs = 0
  for (const [index, event] of events.entries()) {
    const item = items[index]
    if (item?.status === 202) continue
    if (item !== undefined && !isPassing(item.status)) throw refused(event, item)
    left.push(event)
    why ||= item?.detail ?? 'not answered'
    retryAfterMs = Math.max(retryAfterMs, secondsToMs(item?.retryAfter))
  }
  return { left, why, retryAfterMs }
}

/** Returns whether the same event can be accepted later. */
function isPassing(status: number): boolean {
  return status === 429 || status >= 500
}

function secondsToMs(seconds: number | undefined): number {
  return (seconds ?? 0) * 1_000
}

/** Grows with each attempt that achieved nothing; spread, so that loads do not march in step. */
function backOff(attempt: number, random: number): number {
  const ms = Math.min(BACK_OFF_MS.max, BACK_OFF_MS.first * 2 ** attempt)
  return ms / 2 + (ms / 2) * random
}

function refused({ name }: LoadEvent, { code, detail }: ItemAnswer): CliError {
  return new CliError('error', `${name} was refused: ${detail ?? code ?? 'no reason given'}`, {
    ...(code === 'event.sequence' || code === 'event.conflict' ? { why: OTHER_SENDER } : {}),
    next: 'correct the file, or start over with --restart',
  })
}

const OTHER_SENDER =
  'the source, or another load of it, has sent events during the load; a source that numbers its events must send none'

function refusedWhole({ status, detail }: BatchAnswer): CliError {
  const kind = status === 401 || status === 403 ? 'notAuthorised' : 'error'
  return new CliError(kind, `The gateway refuses: ${detail}`)
}

function gaveUp(why: string): CliError {
  return new CliError('unreachable', `Nothing was accepted for ${GIVE_UP_MS / 60_000} minutes.`, {
    why,
    next: 'run the same command again: it goes on where it stopped',
  })
}
