import type { ClockReading } from './clocks.ts'

/** Figures that are older are shown as old. */
export const OLD_AFTER_MS = 15_000

const watchers = new Set<() => void>()
const shown = new Map<symbol, ClockReading>()

/** Adds figures of a page, or their newer time, until {@link hideFigures}. */
export function showFigures(key: symbol, at: ClockReading): void {
  shown.set(key, at)
  for (const watcher of watchers) watcher()
}

/** Calls back when a page shows new figures, until the returned function is called. */
export function onFigures(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => void watchers.delete(watcher)
}

/** Removes figures that the page no longer shows. */
export function hideFigures(key: symbol): void {
  shown.delete(key)
}

/** The time of the oldest figures on the page: a page is as old as the oldest of its parts. */
export function oldestShown(): ClockReading | undefined {
  return [...shown.values()].toSorted((a, b) => a.steadyMs - b.steadyMs)[0]
}
