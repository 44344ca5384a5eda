import { FreshetError, type Clock, type RateLimit } from '@freshet/protocol'
import type { AuditEntry, AuditLog, AuditKind } from '@freshet/wire'
import type { Context } from 'hono'
import { peerAddress } from '../http/peer-address.ts'
import type { Logger } from '../logger.ts'
import { Allowances, putLast } from './allowances.ts'

/** Limits on wrong proofs. */
export interface AttemptLimits {
  /** The limit of one name from one address. */
  readonly byAddress: RateLimit
  /** The limit of one name from all addresses together, and of one address with all names. */
  readonly overAll: RateLimit
}

/** 20 wrong proofs at once and one more each 5 s from an address; 200 and one each second over all. */
export const ATTEMPT_LIMITS: AttemptLimits = {
  byAddress: { perSecond: 0.2, burst: 20 },
  overAll: { perSecond: 1, burst: 200 },
}
/** The part of a claimed name that counts. Longer names with the same beginning count as one. */
const NAME_CHARACTERS_MAX = 128

/** The parts that counting wrong proofs needs. */
export interface AttemptParts {
  readonly guessed: Guessed
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn' | 'error'>
  readonly audit: AuditLog
  readonly limits?: AttemptLimits | undefined
  /** Called for each attempt that is refused: its proof was wrong, or too many wrong ones had come. */
  readonly onRefused?: ((reason: 'wrong' | 'limited') => void) | undefined
}

/**
 * Slows down guesses of tokens, secrets and signatures. Once a name had too many wrong proofs from an address, no
 * proof of it from there is checked until its budget fills up again: a right one is refused as well, since it
 * would else be found at full speed. The limits over all do not concern a name at an address where it was proven before,
 * so guesses elsewhere do not lock its holder out. Names count as they are claimed, whether or not a party has them:
 * an answer never shows which names exist.
 *
 * Each wrong proof that is counted is a line of the log. The audit counts them ({@link RefusedAttempts}). Neither
 * has the proof.
 */
export class Attempts {
  readonly #parts: AttemptParts
  readonly #pairs: Allowances
  readonly #names: Allowances
  readonly #addresses: Allowances
  readonly #known = new Map<string, true>()
  readonly #refused = new RefusedAttempts()

  constructor(parts: AttemptParts) {
    const { byAddress, overAll } = parts.limits ?? ATTEMPT_LIMITS
    this.#parts = parts
    this.#pairs = new Allowances(byAddress)
    this.#names = new Allowances(overAll)
    this.#addresses = new Allowances(overAll)
  }

  /**
   * Refuses an attempt whose budget is used up, before its proof is checked. Call it where checking is expensive.
   *
   * @throws `limit.reached`
   */
  admit(attempt: Attempt): void {
    const nowMs = this.#parts.clock.monotonicMs()
    const { pair, name, address } = keysOf(attempt)
    const waitsMs = [this.#pairs.waitMs(pair, nowMs)]
    if (!this.#known.has(pair))
      waitsMs.push(this.#names.waitMs(name, nowMs), this.#addresses.waitMs(address, nowMs))
    const retryAfterMs = Math.max(...waitsMs)
    if (retryAfterMs === 0) return
    const { guessed, onRefused } = this.#parts
    onRefused?.('limited')
    const message = `Too many wrong ${guessed}s came. Wait for Retry-After, then send the right one.`
    throw new FreshetError('limit.reached', message, { retryAfterMs })
  }

  /**
   * Counts an attempt whose proof was checked. `isRight` is the outcome.
   *
   * @throws `limit.reached` for a right and a wrong proof alike, where the budget is used up
   */
  async count(attempt: Attempt, isRight: boolean): Promise<void> {
    this.admit(attempt)
    const nowMs = this.#parts.clock.monotonicMs()
    const { pair, name, address } = keysOf(attempt)
    if (isRight) {
      putLast(this.#known, pair, true)
      return this.#audit(this.#refused.due(nowMs))
    }
    this.#pairs.charge(pair, nowMs)
    this.#names.charge(name, nowMs)
    this.#addresses.charge(address, nowMs)
    const { guessed, logger, onRefused } = this.#parts
    onRefused?.('wrong')
    const shown = { address, path: attempt.path, name: shownName(attempt) }
    logger.warn(shown, `wrong ${guessed} refused`)
    await this.#audit(this.#refused.add(attempt, nowMs))
  }

  /** An audit that fails is logged, and changes no answer. */
  async #audit(due: readonly RefusedCount[]): Promise<void> {
    if (due.length === 0) return
    const { guessed, logger, audit, clock } = this.#parts
    const entries = due.map((each) => entryOf(guessed, each, clock.nowMs()))
    await audit.append(entries).catch((err: unknown) => {
      logger.error({ err }, `wrong ${guessed} not audited`)
    })
  }
}

function keysOf({ name = '', address }: Attempt) {
  const counted = name.slice(0, NAME_CHARACTERS_MAX)
  return { pair: JSON.stringify([counted, address]), name: counted, address }
}

/** The reference is the name where a party has it, and the address where none has. */
function entryOf(guessed: Guessed, { attempt, count }: RefusedCount, atMs: number): AuditEntry {
  const by = attempt?.address ?? '*'
  const ref = (attempt && shownName(attempt)) ?? by
  const detail = { count, ...(attempt && { path: attempt.path }) }
  return { kind: GUESSED[guessed], atMs, tenant: attempt?.tenant ?? '*', ref, by, detail }
}

/** The time between two entries about one party and address. */
export const AUDIT_EVERY_MS = 60_000
/** Parties and addresses that get entries of their own in this time. The others share one. */
export const AUDITED_MAX = 100

/** Refused attempts that one entry of the audit records. */
interface RefusedCount {
  /** One of them; absent for those that share an entry. */
  readonly attempt?: Attempt
  readonly count: number
}

/**
 * Counts refused attempts, so that the number of entries does not grow with the number of guesses. The first
 * attempt of a party from an address is due at once. Those after it are due together, a minute later at the earliest.
 */
class RefusedAttempts {
  #counts = new Map<string, { readonly attempt: Attempt; count: number }>()
  #others = 0
  #dueAtMs = Number.NEGATIVE_INFINITY

  /** Adds one. Returns what is due. */
  add(attempt: Attempt, nowMs: number): readonly RefusedCount[] {
    const due = this.due(nowMs)
    const key = JSON.stringify([shownName(attempt), attempt.address])
    const held = this.#counts.get(key)
    if (held !== undefined) held.count += 1
    else if (this.#counts.size >= AUDITED_MAX) this.#others += 1
    else {
      this.#counts.set(key, { attempt, count: 0 })
      return [...due, { attempt, count: 1 }]
    }
    return due
  }

  /** Returns what is due. */
  due(nowMs: number): readonly RefusedCount[] {
    if (nowMs < this.#dueAtMs) return []
    const due: readonly RefusedCount[] = [...this.#counts.values(), { count: this.#others }]
    this.#counts = new Map()
    this.#others = 0
    this.#dueAtMs = nowMs + AUDIT_EVERY_MS
    return due.filter(({ count }) => count > 0)
  }
}

/** Returns the name that log and audit can show. */
function shownName({ name, tenant }: Attempt): string | undefined {
  return tenant === undefined ? undefined : name
}

/** The proof that is guessed, and the kind of its entries in the audit. */
const GUESSED = {
  'admin token': 'admin-refused',
  'client credential': 'client-refused',
} as const satisfies Readonly<Record<string, AuditKind>>

/** The name of a proof that is guessed. */
export type Guessed = keyof typeof GUESSED

/** The place that a request came from. */
export interface Peer {
  /** The result of `peerAddress`. */
  readonly address: string
  readonly path: string
}

/** A request that proves who sends it, or tries to. */
export interface Attempt extends Peer {
  /** The name that the sender claims. Default: none, because the proof alone names its holder. */
  readonly name?: string
  /**
   * The tenant of the party that has this name. Absent: no party has it. Then no log and no audit shows the name,
   * because a secret in the wrong field looks the same.
   */
  readonly tenant?: string | undefined
}

/** Returns the place that a request came from. */
export function peerOf(c: Context): Peer {
  return { address: peerAddress(c), path: c.req.path }
}
