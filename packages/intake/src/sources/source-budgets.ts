import {
  FreshetError,
  fullAllowance,
  grant,
  type Allowance,
  type Clock,
  type Granted,
  type RateLimit,
} from '@freshet/protocol'

/** The limits of one source at one gateway. Each source has them for itself. */
export interface SourceLimits {
  /** The average. A burst can have up to {@link BURST_S} seconds' worth. */
  readonly eventsPerSecond: number
  /** Bytes of request bodies, with the same burst. */
  readonly bytesPerSecond: number
  /** Requests with changes, with the same burst. */
  readonly requestsPerSecond: number
  /** Accepted events that are not answered yet. */
  readonly eventsInFlight: number
}

/** The default limits. */
export const SOURCE_LIMITS: SourceLimits = {
  eventsPerSecond: 5_000,
  bytesPerSecond: 8 * 1_024 * 1_024,
  requestsPerSecond: 1_200,
  eventsInFlight: 2_000,
}
/** The seconds' worth of a rate that can arrive at once. */
export const BURST_S = 2
/** Heartbeats of a source for one tenant. Their budget is separate from that of changes. */
export const HEARTBEATS_PER_SECOND = 20
/**
 * Requests with a heartbeat, for all tenants of a source together: the gateway checks the signature before it
 * knows the tenant.
 */
export const HEARTBEAT_REQUESTS_PER_SECOND = 1_000
/**
 * Tenants in the heartbeats of a source for many tenants. Each tenant is a row to update in each partition.
 */
export const HEARTBEAT_TENANTS_PER_SECOND = 5_000
/**
 * Bytes of heartbeats, so that parsing them leaves time for other sources. The tenants that a source can name in
 * a second fit.
 */
export const HEARTBEAT_BYTES_PER_SECOND: number = 1_024 * 1_024
/** Requests of a source for its own status. */
export const QUESTIONS_PER_SECOND = 20
/** The time of the next answer is not known while the events in flight are at the limit. */
const IN_FLIGHT_RETRY_MS = 1_000

/** The number of events of a call that the limits allow. `refusal` is the answer to the others. */
export interface EventRoom {
  readonly count: number
  readonly refusal: FreshetError | undefined
}

/** Events that are accepted and charged. */
export interface AdmittedEvents extends EventRoom {
  /** The caller calls this once, when all accepted events are answered. */
  readonly release: () => void
}

/** The purpose of a source's request. Each kind has a budget of its own. */
export type RequestKind = 'requests' | 'heartbeat requests' | 'questions'

type Kind =
  | 'events'
  | 'bytes'
  | 'heartbeats'
  | 'tenants in heartbeats'
  | 'bytes of heartbeats'
  | RequestKind

/** The budget of the bodies of each kind of request; a question has no body. */
const BYTES_OF: Readonly<Record<RequestKind, Kind | undefined>> = {
  requests: 'bytes',
  'heartbeat requests': 'bytes of heartbeats',
  questions: undefined,
}

/** Returns the most requests of one source that its budgets allow within that time. */
export function requestsWithin({ requestsPerSecond }: SourceLimits, ms: number): number {
  const perSecond = requestsPerSecond + HEARTBEAT_REQUESTS_PER_SECOND + QUESTIONS_PER_SECOND
  return Math.ceil(perSecond * (ms / 1_000 + BURST_S))
}

/**
 * The budget that each source has left at this gateway. Only sources that proved their identity have budgets,
 * so their number is at most that of the sources and tenants in the registry.
 */
export class SourceBudgets {
  readonly #limits: Readonly<Record<Kind, RateLimit>>
  readonly #inFlightMax: number
  readonly #clock: Clock
  readonly #allowances = new Map<string, Allowance>()
  readonly #inFlight = new Map<string, number>()

  constructor(limits: SourceLimits, clock: Clock) {
    const rate = (perSecond: number): RateLimit => ({ perSecond, burst: perSecond * BURST_S })
    this.#limits = {
      events: rate(limits.eventsPerSecond),
      bytes: rate(limits.bytesPerSecond),
      heartbeats: rate(HEARTBEATS_PER_SECOND),
      'tenants in heartbeats': rate(HEARTBEAT_TENANTS_PER_SECOND),
      'bytes of heartbeats': rate(HEARTBEAT_BYTES_PER_SECOND),
      requests: rate(limits.requestsPerSecond),
      'heartbeat requests': rate(HEARTBEAT_REQUESTS_PER_SECOND),
      questions: rate(QUESTIONS_PER_SECOND),
    }
    this.#inFlightMax = limits.eventsInFlight
    this.#clock = clock
  }

  /** Charges the body of a request, before it is parsed. @throws `limit.reached` */
  takeBody(source: string, kind: RequestKind, bytes: number): void {
    const bytesOf = BYTES_OF[kind]
    if (bytesOf !== undefined) this.#takeAll(bytesOf, [source], bytes)
  }

  /** Charges an event that cannot be read, as much as one that can. @throws `limit.reached` */
  takeUnreadable(source: string): void {
    this.#takeAll('events', [source], 1)
  }

  /** Charges a heartbeat of a registered tenant. @throws `limit.reached` */
  takeHeartbeat(source: string, tenant: string): void {
    this.#takeAll('heartbeats', [source, tenant], 1)
  }

  /** Charges the tenants of a heartbeat for many tenants, all of them or none. @throws `limit.reached` */
  takeTenants(source: string, count: number): void {
    this.#takeAll('tenants in heartbeats', [source], count)
  }

  /** Charges a request as soon as its source has proved its identity. @throws `limit.reached` */
  takeRequest(source: string, kind: RequestKind): void {
    this.#takeAll(kind, [source], 1)
  }

  /** Charges events in their order. The first ones are accepted, as many as the limits allow. */
  admit(source: string, wanted: number): AdmittedEvents {
    const { key, allowance, count, refusal } = this.#roomOf(source, wanted)
    this.#allowances.set(key, allowance)
    const add = (more: number): void =>
      void this.#inFlight.set(source, (this.#inFlight.get(source) ?? 0) + more)
    add(count)
    return { count, refusal, release: () => add(-count) }
  }

  /** Returns the room for events that are not read yet, and charges nothing. */
  roomFor(source: string, wanted: number): EventRoom {
    const { count, refusal } = this.#roomOf(source, wanted)
    return { count, refusal }
  }

  #roomOf(source: string, wanted: number) {
    const room = Math.min(wanted, this.#inFlightMax - (this.#inFlight.get(source) ?? 0))
    const { key, granted: count, retryAfterMs, allowance } = this.#ask('events', [source], room)
    if (count === wanted) return { key, allowance, count, refusal: undefined }
    const refusal =
      count < room ? this.#refusal('events', source, retryAfterMs) : this.#inFlightRefusal(source)
    return { key, allowance, count, refusal }
  }

  /** Charges everything or nothing. */
  #takeAll(kind: Kind, of: readonly [source: string, tenant?: string], wanted: number): void {
    const { key, granted, retryAfterMs, allowance } = this.#ask(kind, of, wanted)
    if (granted < wanted) throw this.#refusal(kind, of[0], retryAfterMs)
    this.#allowances.set(key, allowance)
  }

  #ask(kind: Kind, of: readonly (string | undefined)[], wanted: number): Granted & { key: string } {
    const key = JSON.stringify([kind, ...of])
    const nowMs = this.#clock.monotonicMs()
    const limit = this.#limits[kind]
    const before = this.#allowances.get(key) ?? fullAllowance(limit, nowMs)
    return { key, ...grant(limit, before, wanted, nowMs) }
  }

  #refusal(kind: Kind, source: string, retryAfterMs: number): FreshetError {
    const { perSecond } = this.#limits[kind]
    const message = `Source ${source} has reached its limit of ${perSecond} ${kind} a second.`
    return new FreshetError('limit.reached', message, { retryAfterMs })
  }

  #inFlightRefusal(source: string): FreshetError {
    const message = `Source ${source} has reached its limit of ${this.#inFlightMax} events in flight.`
    return new FreshetError('limit.reached', message, { retryAfterMs: IN_FLIGHT_RETRY_MS })
  }
}
