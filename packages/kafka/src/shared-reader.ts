import type { LogReader } from '@freshet/events'
import { Branch } from './branch.ts'
import type { Trunk } from './trunk.ts'

/**
 * A reader whose followers of the same partitions share one reading of them, once they have caught
 * up: ten edges in one process cost the broker, and the process, little more than one.
 *
 * Each still has its own position, is called as if it followed alone, and goes on alone whenever it
 * cannot keep up or its position is lost. Only contact without news is told once, not with every
 * answer, to those who share.
 */
export function sharedReader(reader: LogReader): LogReader {
  const trunks = new Map<string, Trunk>()
  return {
    bounds: (topic, partitions) => reader.bounds(topic, partitions),
    read: (...asked) => reader.read(...asked),
    follow: (topic, from, follower, signal) =>
      new Branch({ reader, trunks, topic }, from, follower).run(signal),
  }
}
