import type { CheckpointRead } from './follow-event.ts'

/** The state of a follower while it judges a checkpoint whose batch matched. */
export interface CheckpointContext {
  /** The incarnation of the latest authentic checkpoint. */
  readonly e: bigint
  /** True if the checkpoint was read before. */
  readonly isRepeated: boolean
  /** True if the checkpoint continues a trusted one. */
  readonly isTrusted: boolean
  /** Next offset of the change topic that the latest trusted heartbeat names. */
  readonly nextOffset: bigint
}

/**
 * The progress of a follower through the records that its partition held at start (rule 17). Seeing the head
 * makes an edge ready. It renews no lease (rule 38).
 */
export class CatchUp {
  #endAtStart: bigint
  #hasSeenHead = false

  /** `endAtStart`: the offset that the next record of the partition will get. */
  constructor(endAtStart: bigint) {
    this.#endAtStart = endAtStart
  }

  /** True if a heartbeat beyond the end seen at start continued a trusted checkpoint. */
  get hasSeenHead(): boolean {
    return this.#hasSeenHead
  }

  /** Returns whether a record is at or after the end seen at start. */
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

  /** Records that were read no longer count. The end seen at start stays. */
  forget(): void {
    this.#hasSeenHead = false
  }

  /**
   * A heartbeat shows that the publisher is at work and that nothing before it is missing, where it stands
   * beyond the end seen at start, continues what is trusted, and was not read before. It need not extend any
   * `through`: an edge becomes ready although all sources are silent.
   */
  #showsHead({ checkpoint, offset }: CheckpointRead, known: CheckpointContext): boolean {
    const { heartbeat, e } = checkpoint
    if (heartbeat === undefined || e < known.e || !this.isBeyondEnd(offset)) return false
    const continues = known.isTrusted && !known.isRepeated
    return continues && heartbeat.next.offset >= known.nextOffset
  }
}
