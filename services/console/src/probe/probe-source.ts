import type { ClaimChange, Clock, Subject } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { formatChangeEvent, formatRfc3339, signJws, type SigningKey } from '@freshet/wire'
import { post } from './probe-http.ts'

/** Below the 60 s that a gateway allows. */
const ASSERTION_LIFE_S = 30

/** The signing key of the probes’ source, and its gateway. */
export interface ProbeSourceParts {
  readonly gateway: string
  readonly key: SigningKey
  readonly clock: Pick<Clock, 'nowMs'>
  readonly randomId: () => string
}

/** A statement about one subject. */
export interface ProbeStatement {
  readonly op: ClaimChange['op']
  readonly claim: string
  readonly values: readonly string[]
  readonly subject: Subject
}

/**
 * The source that only probes have. It does one thing at a time: a heartbeat states that everything committed
 * before was answered, which would be false while a change is under way.
 */
export class ProbeSource {
  readonly #parts: ProbeSourceParts
  #turn: Promise<unknown> = Promise.resolve()
  #lastVersion = 0

  constructor(parts: ProbeSourceParts) {
    this.#parts = parts
  }

  /** The id of the change, once the broker has acknowledged it. */
  state(statement: ProbeStatement): Promise<string> {
    return this.#inTurn(() => this.#send(statement))
  }

  /** States that everything up to now was sent. */
  sendHeartbeat(): Promise<void> {
    return this.#inTurn(async () => {
      const through = formatRfc3339(this.#parts.clock.nowMs())
      await this.#post('/v1/heartbeats', 'application/json', { tenant: PROBE_NAME, through })
    })
  }

  async #send(statement: ProbeStatement): Promise<string> {
    const { clock, randomId } = this.#parts
    const nowMs = clock.nowMs()
    this.#lastVersion = Math.max(this.#lastVersion + 1, nowMs)
    const id = `probe-${randomId()}`
    const event = formatChangeEvent({
      kind: 'claim',
      tenant: PROBE_NAME,
      source: PROBE_NAME,
      id,
      occurredAtMs: nowMs,
      sourceVersion: { epoch: 0n, n: BigInt(this.#lastVersion) },
      ...statement,
    })
    await this.#post('/v1/changes', 'application/cloudevents+json', event)
    return id
  }

  async #post(path: string, contentType: string, body: unknown): Promise<void> {
    const { gateway } = this.#parts
    const url = new URL(path, gateway)
    const authorization = `Bearer ${this.#assertion()}`
    await post(url, { authorization, contentType, body: JSON.stringify(body) })
  }

  #assertion(): string {
    const { gateway, key, clock, randomId } = this.#parts
    const exp = Math.floor(clock.nowMs() / 1000) + ASSERTION_LIFE_S
    const claims = { iss: PROBE_NAME, sub: PROBE_NAME, aud: gateway, exp, jti: randomId() }
    return signJws(Buffer.from(JSON.stringify(claims)), key, { typ: 'jwt' })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work)
    this.#turn = next.catch(() => {})
    return next
  }
}
