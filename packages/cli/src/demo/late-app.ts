import { startProtectedApp } from '@freshet/dev-stack'
import type { Edge, RevocationFeed } from '@freshet/edge'
import type { DemoWorld } from './world.ts'

/** The protected application a second time, with an edge whose revocations can be held back. */
export interface LateApp {
  readonly edge: Edge
  readonly late: DemoWorld['late']
  close(): Promise<void>
}

/** Starts it, with the edge that is made of its feed. */
export async function startLateApp(
  feed: RevocationFeed,
  edgeOf: (held: RevocationFeed) => Promise<Edge>,
): Promise<LateApp> {
  const held = gatedFeed(feed)
  const edge = await edgeOf(held.feed)
  const app = await startProtectedApp(edge)
  return {
    edge,
    late: {
      request: (token, route) => app.request(token, route),
      hold: () => held.hold(),
      letGo: () => held.letGo(),
    },
    async close() {
      held.letGo()
      await app.close()
    },
  }
}

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
        bounds: (...args) => reader.bounds(...args),
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
