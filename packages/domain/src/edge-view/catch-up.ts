import type { CheckpointRead } from './follow-event.ts'
import type { FollowPolicy } from './follow-policy.ts'

/** What a follower knows as it judges a checkpoint whose batch matched. */
export interface CheckpointContext {
  /** The incarnation of the latest authentic checkpoint. */
  readonly e: bigint
  /** Whether any heartbeat was trusted yet. */
  readonly isAnchored: boolean
  /** Whether the checkpoint was read before. */
  readonly isRepeated: boolean
  /** Whether the checkpoint continues what is trusted. */
  readonly isTrusted: boolean
  /** Next offset of the change topic that the latest trusted heartbeat names. */
  readonly nextOffset: bigint
}

/**
 * How far a follower is with what its partition held at start (rule 17). Seeing the head makes an edge ready.
 * It renews no lease (rule 38).
 */
export class CatchUp {
  readonly #shows: FollowPolicy['caughtUp']
  #endAtStart: bigint
  #hasSeenHead = false

  /** `endAtStart`: the offset that the next record of the partition will get. */
  constructor(endAtStart: bigint, shows: FollowPolicy['caughtUp']) {
    this.#endAtStart = endAtStart
    this.#shows = shows
  }

  /** Whether a heartbeat beyond the end seen at start continued what is trusted. */
  get hasSeenHead(): boolean {
    return this.#hasSeenHead
  }

  /** Whether a record stands at or after the end seen at start. */
  isBeyondEnd(offset: bigint): boolean {
    return offset >= this.#endAtStart
  }

  /** Everything below `nextOffset` was read. A topic that lost its tail since the start ends there. */
  reachedEnd(nextOffset: bigint): void {
    if (nextOffset < this.#endAtStart) this.#endAtStart = nextOffset
  }

  /** Takes a checkpoint whose batch matched. */
  take(read: CheckpointRead, known: CheckpointContext): void {
    if (this.#showsHead(read, known)) this.#hasSeenHead = true
  }

  /** The partition is read anew, up to this end. */
  restart(endAtStart: bigint): void {
    this.#endAtStart = endAtStart
    this.#hasSeenHead = false
  }

  /** What was read counts no more. The end seen at start stays. */
  forget(): void {
    this.#hasSeenHead = false
  }

  /**
   * A heartbeat shows that the publisher is at work and that nothing before it is missing, where it stands beyond the
   * end seen at start, continues what is trusted, and was not read before. It need not tell news: silent sources
   * keep no edge from being ready.
   */
  #showsHead({ checkpoint, offset }: CheckpointRead, known: CheckpointContext): boolean {
    const { heartbeat, e } = checkpoint
    if (heartbeat === undefined || e < known.e || !this.isBeyondEnd(offset)) return false
    if (this.#shows === 'tells-news') return false
    if (this.#shows === 'any-authentic') return known.isAnchored
    const continues = known.isTrusted && !known.isRepeated
    return continues && heartbeat.next.offset >= known.nextOffset
  }
}
