import { createIntake, type Intake, type StampStore } from '@freshet/intake'
import { MemoryDatabase, memoryStampStore } from '@freshet/memory'
import {
  acmeRegistry,
  hrChange,
  igaChange,
  ManualClock,
  plannedWriter,
  TEST_MAC_KEY,
} from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'

const clock = new ManualClock()
let order: string[]
let isOpen: Promise<void>
let open: () => void
let gateway: Intake
beforeEach(() => {
  order = []
  isOpen = new Promise((resolve) => {
    open = resolve
  })
  const writer = plannedWriter(() => clock.nowMs())
  const store = slowFor('hr', memoryStampStore(new MemoryDatabase(), clock))
  const parts = { registry: acmeRegistry(), macKey: () => TEST_MAC_KEY, timer: clock }
  gateway = createIntake({ ...parts, store, writer })
})

/** Notes the callers that reach the store, and delays those of one source until it is open. */
function slowFor(source: string, store: StampStore): StampStore {
  return {
    ...store,
    inFeed: (feed, work) =>
      store.inFeed(feed, async (tx) => {
        const seen = work({
          ...tx,
          tally: (...args) => {
            order.push('heartbeat')
            return tx.tally(...args)
          },
          insert: (rows) => {
            order.push(...rows.map(({ id }) => id))
            return tx.insert(rows)
          },
        })
        if (feed.source === source) await isOpen
        return seen
      }),
  }
}

const send = (id: string) =>
  gateway.acceptChanges('hr', [
    { change: hrChange(1n, { id, sourceVersion: { epoch: 0n, n: 1n } }) },
  ])

describe('a gateway whose store is slow for one source', () => {
  it('lets its heartbeat go before all changes that wait', async () => {
    const changes = ['first', 'second', 'third'].map(send)
    const heartbeat = gateway.acceptHeartbeat({
      tenant: 'acme',
      source: 'hr',
      throughMs: clock.nowMs(),
    })
    open()
    await Promise.all([...changes, heartbeat])
    expect(order).toEqual(['first', 'heartbeat', 'second', 'third'])
  })

  it('holds one place at the store for it, however many of its changes wait, and delays no other source', async () => {
    const changes = Array.from({ length: 50 }, (_, n) => send(`waits-${n}`))
    const other = gateway.acceptChanges('iga', [{ change: igaChange(1n) }])
    await new Promise((resolve) => setImmediate(resolve))
    expect(order).toEqual(['waits-0', 'iga-1'])
    open()
    await Promise.all([...changes, other])
    expect(order).toHaveLength(51)
  })
})
