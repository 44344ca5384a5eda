/** A piece of work with the numbers of the events that it is about: from `first` on, `count`. */
export interface Portion {
  readonly first: number
  readonly count: number
}

/**
 * Works on portions, up to `max` at a time, and reports after each the number of events that are finished
 * without a gap. At the first error it waits for nothing more, and rejects with it.
 */
export async function inFlight<P extends Portion>(
  portions: AsyncIterable<P>,
  max: number,
  work: { do(portion: P): Promise<void>; onDone(upTo: number): void },
): Promise<void> {
  const running = new Set<Promise<void>>()
  const finished = new Map<number, number>()
  let upTo: number | undefined
  const finish = ({ first, count }: P): void => {
    finished.set(first, count)
    let next = upTo ?? first
    for (let size = finished.get(next); size !== undefined; size = finished.get(next)) {
      finished.delete(next)
      next += size
    }
    upTo = next
    work.onDone(next)
  }
  for await (const portion of portions) {
    upTo ??= portion.first
    const one = work.do(portion).then(() => finish(portion))
    const forget = (): void => void running.delete(one)
    running.add(one)
    one.then(forget, forget)
    if (running.size >= max) await Promise.race(running)
  }
  await Promise.all(running)
}
