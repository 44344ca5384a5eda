import { FreshetError } from '@freshet/protocol'
import { EventRing, type Happening, type StreamEvent } from './event-ring.ts'

/** Browsers at a time; one more is refused. */
const CLIENTS_MAX = 128
/** Browsers of one admin at a time; one more is refused, so that one admin does not take the places of all. */
const OF_ADMIN_MAX = 4

/** A browser that listens. */
export interface StreamClient {
  /** The name of the admin. */
  readonly admin: string
  /** False: it does not read what it is sent, and is to be dropped. */
  send(events: readonly StreamEvent[]): boolean
  /** False: the browser's session has ended. */
  ping(): boolean
  end(): void
}

/** Hands what happens to every browser that listens. */
export class StreamHub {
  readonly #ring: EventRing
  readonly #clients = new Set<StreamClient>()
  /**
   * The browsers that must ask again after the next look: events between their question and that look were
   * not sent.
   */
  readonly #toAskAnew = new Set<StreamClient>()
  #isClosed = false

  /** `run` is a name that no other run of this process has. */
  constructor(run: string) {
    this.#ring = new EventRing(run)
  }

  /** False if no browser listens: then nothing has to be looked at. */
  get isWatched(): boolean {
    return this.#clients.size > 0
  }

  /**
   * Adds a browser to the listeners, from behind the event that it saw last. If that event is no longer kept,
   * the browser gets a gap. @throws `limit.reached`
   */
  join(client: StreamClient, lastId: string | undefined): void {
    if (this.#isClosed) return client.end()
    if (this.#clients.size >= CLIENTS_MAX) {
      throw new FreshetError('limit.reached', `At most ${CLIENTS_MAX} browsers listen at a time.`)
    }
    const ofAdmin = [...this.#clients].filter(({ admin }) => admin === client.admin)
    if (ofAdmin.length >= OF_ADMIN_MAX) {
      const message = `At most ${OF_ADMIN_MAX} pages of one admin listen at a time. Close another page with live data.`
      throw new FreshetError('limit.reached', message)
    }
    this.#clients.add(client)
    this.#toAskAnew.add(client)
    if (lastId === undefined) return
    const missed = this.#ring.after(lastId) ?? [gapEvent]
    this.#give(client, missed)
  }

  leave(client: StreamClient): void {
    this.#clients.delete(client)
    this.#toAskAnew.delete(client)
  }

  /** Sends the events of a look, after which an earlier browser is complete once it has asked again. */
  publish(happenings: readonly Happening[]): void {
    const events = happenings.map((each) => this.#ring.push(each))
    for (const client of this.#clients) {
      const isNew = this.#toAskAnew.delete(client)
      this.#give(client, isNew ? [begunEvent, ...events] : events)
    }
  }

  /** Sends events beside the looks: a browser that must ask again must still do so. */
  send(happenings: readonly Happening[]): void {
    const events = happenings.map((each) => this.#ring.push(each))
    for (const client of this.#clients) this.#give(client, events)
  }

  /** Handles a failed look: every browser gets a notice, and asks again after the next look. */
  goBlind(): void {
    this.publish([{ type: 'gap', data: { reason: 'unavailable' } }])
    for (const client of this.#clients) this.#toAskAnew.add(client)
  }

  /** Shows that the stream lives, and ends those that may not listen any more. */
  ping(): void {
    for (const client of this.#clients) if (!client.ping()) this.#drop(client)
  }

  /** Ends every stream, and each that is still to come. */
  close(): void {
    this.#isClosed = true
    for (const client of this.#clients) this.#drop(client)
  }

  #give(client: StreamClient, events: readonly StreamEvent[]): void {
    if (events.length > 0 && !client.send(events)) this.#drop(client)
  }

  #drop(client: StreamClient): void {
    this.leave(client)
    client.end()
  }
}

/** Neither has an id: a browser that comes back sends the last id that it saw before. */
const begunEvent: StreamEvent = { id: '', type: 'gap', data: '{"reason":"begun"}' }
const gapEvent: StreamEvent = { id: '', type: 'gap', data: '{"reason":"too-long-away"}' }
