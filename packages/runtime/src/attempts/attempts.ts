import { FreshetError, type Clock, type RateLimit } from '@freshet/protocol'
import type { AuditEntry, AuditLog } from '@freshet/wire'
import type { Logger } from '../logger.ts'
import { Allowances, putLast } from './allowances.ts'
import { GUESSED, type Attempt, type Guessed } from './attempt.ts'
import { RefusedAttempts, shownName, type RefusedCount } from './refused-attempts.ts'

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
