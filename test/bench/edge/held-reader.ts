import type { LogFollower, LogReader } from '@freshet/wire'
import type { EdgeWorld } from '@freshet/testkit'

/** A reader that delivers records only when the benchmark does, and its follower. */
export interface HeldReader {
  readonly reader: LogReader
  readonly follower: Promise<LogFollower>
}

/** Creates such a reader of a world's log. */
export function heldReader({ log }: EdgeWorld): HeldReader {
  let tell: (follower: LogFollower) => void = () => undefined
  const follower = new Promise<LogFollower>((resolve) => (tell = resolve))
  const reader: LogReader = {
    bounds: (topic) => log.bounds(topic),
    read: (...asked) => log.read(...asked),
    follow: (_topic, _from, told, signal) => {
      tell(told)
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    },
  }
  return { reader, follower }
}
