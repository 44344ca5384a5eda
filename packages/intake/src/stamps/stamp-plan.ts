import { FreshetError } from '@freshet/protocol'
import type { StampedRow } from './stamp-store.ts'

/** An event that needs its place in a feed. */
export interface Applicant {
  readonly id: string
  readonly contentHash: string
  /** Present if the source is dense. */
  readonly sequence?: bigint
  readonly partitions: readonly number[]
}

/**
 * `stamp`: these partitions need a row. The list is empty if all have one. `refuse`: the source sent other
 * content under that id or sequence before, or a sequence out of order.
 */
export type StampDecision =
  | { readonly kind: 'stamp'; readonly partitions: readonly number[] }
  | { readonly kind: 'refuse'; readonly error: FreshetError }

/**
 * Decides a batch of one feed, in order. `known` has the stored rows of its ids and sequences. `free` has the
 * first free sequences, at least as many as there are applicants. The same content keeps its stamp. If a
 * restored database knows an event in some of its partitions only, the event gets a stamp in the others
 * (rules 34 and 35).
 */
export function planStamps(
  applicants: readonly Applicant[],
  known: readonly StampedRow[],
  free: readonly bigint[],
): readonly StampDecision[] {
  const seen = new Seen(known)
  let next = 0
  return applicants.map((applicant) => {
    const error = seen.contradicts(applicant) ?? outOfTurn(applicant, seen, free[next])
    if (error) return { kind: 'refuse', error }
    if (applicant.sequence !== undefined && applicant.sequence === free[next]) next += 1
    return { kind: 'stamp', partitions: seen.admit(applicant) }
  })
}

function outOfTurn(
  { id, sequence }: Applicant,
  seen: Seen,
  expected: bigint | undefined,
): FreshetError | undefined {
  if (sequence === undefined || seen.has(id) || sequence === expected) return undefined
  const message = `Event ${id} has sequence ${sequence}; the expected one is ${expected ?? '?'}.`
  return new FreshetError('event.sequence', message)
}

/** The known events of a feed while a batch is decided: the stored rows, and the events admitted so far. */
class Seen {
  readonly #contents = new Map<string, string>()
  readonly #bySequence = new Map<bigint, string>()
  readonly #partitions = new Map<string, Set<number>>()

  constructor(rows: readonly StampedRow[]) {
    for (const { id, contentHash, sequence, partition } of rows) {
      this.#note(id, contentHash, sequence ?? undefined)
      this.#partitionsOf(id).add(partition)
    }
  }

  has(id: string): boolean {
    return this.#contents.has(id)
  }

  contradicts({ id, contentHash, sequence }: Applicant): FreshetError | undefined {
    const before = this.#contents.get(id)
    if (before !== undefined && before !== contentHash) {
      const message = `Event ${id} was accepted before with other content.`
      return new FreshetError('event.conflict', message)
    }
    const holder = sequence === undefined ? undefined : this.#bySequence.get(sequence)
    if (holder === undefined || holder === id) return undefined
    const message = `Sequence ${sequence} was given to event ${holder} before, not to ${id}.`
    return new FreshetError('event.conflict', message)
  }

  /** Returns the partitions in which the event has no row yet. */
  admit({ id, contentHash, sequence, partitions }: Applicant): readonly number[] {
    this.#note(id, contentHash, sequence)
    const stamped = this.#partitionsOf(id)
    const missing = partitions.filter((partition) => !stamped.has(partition))
    for (const partition of missing) stamped.add(partition)
    return missing
  }

  #note(id: string, contentHash: string, sequence: bigint | undefined): void {
    this.#contents.set(id, contentHash)
    if (sequence !== undefined) this.#bySequence.set(sequence, id)
  }

  #partitionsOf(id: string): Set<number> {
    const partitions = this.#partitions.get(id) ?? new Set<number>()
    this.#partitions.set(id, partitions)
    return partitions
  }
}
