import type { RevocationFeed } from '@freshet/edge'

/** A feed that can be made to stand still, as a slow network or a busy process does. */
export interface GatedFeed {
  /** Without reports: an edge that reads it is none of those that a change waits for. */
  readonly feed: RevocationFeed
  hold(): void
  letGo(): void
}

/** Puts a gate into a feed; open at first. */
export function gatedFeed(open: RevocationFeed): GatedFeed {
  const { reader } = open
  let letGo = (): void => undefined
  let gate = Promise.resolve()
  const follow: typeof reader.follow = (topic, from, follower, signal) => {
    const onRecords: typeof follower.onRecords = async (partition, records, end) => {
      await gate
      await follower.onRecords(partition, records, end)
    }
    const held: typeof follower = {
      onRecords,
      onOffsetLost: (partition, bounds) => follower.onOffsetLost(partition, bounds),
      onReconnect: (partition) => follower.onReconnect?.(partition),
    }
    return reader.follow(topic, from, held, signal)
  }
  return {
    feed: {
      reader: {
        bounds: (...asked) => reader.bounds(...asked),
        read: (...where) => reader.read(...where),
        follow,
      },
      close: async () => open.close?.(),
    },
    hold() {
      gate = new Promise((resolve) => {
        letGo = resolve
      })
    },
    letGo: () => letGo(),
  }
}
