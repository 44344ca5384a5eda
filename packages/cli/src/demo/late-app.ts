import { startProtectedApp } from '@freshet/dev-stack'
import type { Edge, RevocationFeed } from '@freshet/edge'
import { gatedFeed } from './held-feed.ts'
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
