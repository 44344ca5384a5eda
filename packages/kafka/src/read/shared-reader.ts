import type { LogReader } from '@freshet/wire'
import { Branch } from './branch.ts'
import type { SharedSubscription } from './shared-subscription.ts'

/**
 * Returns a reader whose followers of the same partitions share one subscription once they have caught up.
 * Ten edges in one process then cost the broker, and the process, little more than one.
 *
 * Each follower still has its own position and gets its calls as if it followed alone. It reads alone again
 * if it cannot keep up or its position is lost. There is one difference: followers that share get contact
 * without news once, not with every answer.
 */
export function sharedReader(reader: LogReader): LogReader {
  const trunks = new Map<string, SharedSubscription>()
  return {
    bounds: (topic, partitions) => reader.bounds(topic, partitions),
    read: (...args) => reader.read(...args),
    follow: (topic, from, follower, signal) =>
      new Branch({ reader, trunks, topic }, from, follower).run(signal),
  }
}
