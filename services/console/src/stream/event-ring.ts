import { answerForms, redactionOf } from '@freshet/insight/answers'

/** The type of an event for browsers. `gap`: something was left out, so ask anew. */
export type StreamEventType = 'change' | 'measured' | 'edge' | 'slo' | 'health' | 'gap'

/** Something that happened, before it has its place. */
export interface Happening {
  readonly type: StreamEventType
  /** The data for operators. */
  readonly data: object
}

/** An event of the stream, in its place. */
export interface StreamEvent {
  readonly id: string
  readonly type: StreamEventType
  readonly data: string
  /** The data without names and values; absent: the same. */
  readonly forViewers?: string
}

/** Changes alone have members for operators. */
const redactChange = redactionOf(answerForms.LiveChange)

/** The number of events that a browser can get again after a pause. */
const EVENTS_MAX = 500

/** The latest events. Their ids name the run of this process: after another start nothing can be resumed. */
export class EventRing {
  readonly #run: string
  #next = 0
  #events: StreamEvent[] = []

  constructor(run: string) {
    this.#run = run
  }

  push({ type, data }: Happening): StreamEvent {
    const redact = type === 'change' ? redactChange : undefined
    const forViewers = redact && { forViewers: JSON.stringify(redact(data)) }
    const id = `${this.#run}.${this.#next}`
    const event = { id, type, data: JSON.stringify(data), ...forViewers }
    this.#next += 1
    this.#events.push(event)
    if (this.#events.length > EVENTS_MAX) this.#events = this.#events.slice(-EVENTS_MAX)
    return event
  }

  /** The events after this id; `undefined` if some of them are no longer kept. */
  after(id: string): readonly StreamEvent[] | undefined {
    const [run, text = ''] = id.split('.')
    const number = Number(text)
    const first = this.#next - this.#events.length
    const isKnown = run === this.#run && /^\d{1,15}$/.test(text) && number < this.#next
    if (!isKnown || number + 1 < first) return undefined
    return this.#events.slice(number + 1 - first)
  }
}
