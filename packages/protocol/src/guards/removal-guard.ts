/** The number of claims that a source can remove in a partition within a time; the next removal is held. */
export interface RemovalLimit {
  readonly removals: number
  readonly withinMs: number
}

/** Removals counted since the first of them, by the broker's clock. */
export interface RemovalWindow {
  readonly sinceMs: number
  readonly count: number
}

/** The window with one more removal at this time; an older one is over and begins anew. */
export function countRemoval(
  window: RemovalWindow | undefined,
  { withinMs }: RemovalLimit,
  atMs: number,
): RemovalWindow {
  const isOver = window === undefined || atMs - window.sinceMs >= withinMs
  return isOver ? { sinceMs: atMs, count: 1 } : { ...window, count: window.count + 1 }
}
