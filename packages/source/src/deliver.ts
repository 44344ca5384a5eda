/** Events of one request. */
export const BATCH_EVENTS_MAX = 500
/** Bytes of one body, below the gateway's limit of 256 KiB. */
export const BATCH_BYTES_MAX = 240_000
const BACK_OFF_MS = { first: 250, max: 10_000 } as const

/** One event as it is sent. */
export interface SentEvent {
  /** The name in messages. */
  readonly name: string
  readonly json: string
}

/** The gateway's answer to a batch, as far as it is read here. */
export interface BatchAnswer {
  readonly status: number
  /** The code of a refusal of the whole batch. */
  readonly code?: string
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
  /** The longest time without any accepted event. Absent: it repeats until the signal aborts. */
  readonly giveUpMs?: number
  /** Called with the reason of a wait. */
  onWait(why: string, ms: number): void
}

/**
 * Sends events until each is accepted. An event that is refused for a limit or not answered is sent again at
 * the time that the gateway names, or with growing pauses. The gateway recognises events that it accepted in
 * between.
 *
 * @throws `UndeliveredError` for an event or request that is refused for good, and after `giveUpMs` in which nothing was
 *   accepted; the reason of the signal
 */
export async function deliver(delivery: Delivery, events: readonly SentEvent[]): Promise<void> {
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
    if (delivery.nowMs() - sinceMs > (delivery.giveUpMs ?? Number.POSITIVE_INFINITY))
      throw new UndeliveredError({ reason: 'silence', detail: why })
    const ms = Math.max(retryAfterMs, backOff(attempt, delivery.random()))
    delivery.onWait(why, ms)
    await delivery.sleep(ms)
  }
}

/** The refusal, or the silence, after which events are not sent again. */
interface Refusal {
  /** `event`: one event is refused. `request`: the whole batch is. `silence`: nothing was accepted for too long. */
  readonly reason: 'event' | 'request' | 'silence'
  /** The name of the refused event. */
  readonly event?: string
  readonly status?: number
  readonly code?: string
  readonly detail?: string
}

/** Events were not delivered, and a repetition cannot help. */
export class UndeliveredError extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.detail ?? refusal.code ?? 'no reason given')
    this.name = 'UndeliveredError'
    this.refusal = refusal
  }
}

interface Attempt {
  readonly left: readonly SentEvent[]
  readonly why: string
  readonly retryAfterMs: number
}

async function attemptOnce(delivery: Delivery, events: readonly SentEvent[]): Promise<Attempt> {
  const body = `[${events.map(({ json }) => json).join(',')}]`
  const answer = await delivery.post(body).catch((error: unknown) => {
    delivery.signal.throwIfAborted()
    return error instanceof Error ? error : new Error(String(error))
  })
  if (answer instanceof Error)
    return { left: events, why: 'the gateway does not answer', retryAfterMs: 0 }
  if (answer.items !== undefined) return byItem(events, answer.items)
  if (!isPassing(answer.status)) throw new UndeliveredError({ reason: 'request', ...answer })
  return { left: events, why: answer.detail, retryAfterMs: secondsToMs(answer.retryAfter) }
}

function byItem(events: readonly SentEvent[], items: readonly ItemAnswer[]): Attempt {
  const left: SentEvent[] = []
  let why = ''
  let retryAfterMs = 0
  for (const [index, event] of events.entries()) {
    const item = items[index]
    if (item?.status === 202) continue
    if (item !== undefined && !isPassing(item.status))
      throw new UndeliveredError({ reason: 'event', event: event.name, ...item })
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
