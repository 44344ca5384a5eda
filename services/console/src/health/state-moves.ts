import type { ObservedState } from '@freshet/insight'

type Seen = Pick<ObservedState, 'pipeline'>

/**
 * Notices that something was recorded or parked, and that a partition does not go on with records that wait.
 * Heartbeats alone move nothing, so an idle system has no moves.
 */
export class StateMoves {
  #mark: string | undefined
  #positions: ReadonlyMap<number, bigint> = new Map()

  /** Takes the next state. Returns whether something moved since the one before; the first one has none before it. */
  see({ pipeline }: Seen): boolean {
    const mark = markOf(pipeline)
    const hasMoved = this.#mark !== undefined && this.#mark !== mark
    const isStuck = pipeline.partitions.some(
      ({ partition, nextOffset, lag }) =>
        lag !== null && lag > 0n && this.#positions.get(partition) === nextOffset,
    )
    this.#mark = mark
    this.#positions = new Map(
      pipeline.partitions.map(({ partition, nextOffset }) => [partition, nextOffset]),
    )
    return hasMoved || isStuck
  }
}

function markOf({ latest, quarantined, partitions }: Seen['pipeline']): string {
  const change = latest && [latest.partition, String(latest.e), String(latest.offset)]
  const paused = partitions.map((each) => String(each.paused?.offset ?? ''))
  return JSON.stringify([change, String(quarantined), paused])
}
