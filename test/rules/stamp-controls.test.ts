import { partitionOf } from '@freshet/protocol'
import { MemoryDatabase, memorySourceViewStore, memoryStampStore } from '@freshet/memory'
import { ALICE, hrChange, igaChange, intakeWorld, ManualClock } from '@freshet/testkit'
import { expect, it } from 'vitest'
import type { Guards } from '../simulation/system/guards.ts'
import {
  afterTheLast,
  everyTurn,
  groupsDoNotWait,
  heartbeatsDoNotWait,
  leftBehind,
  unlocked,
} from '../simulation/controls/stamps.ts'

/**
 * Rules of gateways that the faults of the simulation hardly meet: two gateways of the product over one store in
 * memory, and over a store without one rule. The table of the simulation's controls has the other ones.
 */
type Weaken = NonNullable<Guards['stamps']>

const P = partitionOf(ALICE)
/** A gateway leaves records to the gateway that stamped them for less than this time. */
const LEFT_MS = 1_500

function twoGateways(weaken: Weaken = (store) => store) {
  const database = new MemoryDatabase()
  const clock = new ManualClock()
  const unused = () => Promise.reject(new Error('No reconciler runs.'))
  const held = memoryStampStore(database, clock)
  const store = weaken(held, { database, writer: { append: unused } })
  const view = memorySourceViewStore(database)
  const age = (ms: number) => clock.advance(ms)
  const world = intakeWorld({ store, view, clock, backup: unused, learn: unused, age })
  /** Returns the ids of the changes in the topic, and its heartbeats by their kind. */
  const inTopic = async (): Promise<readonly string[]> =>
    (await world.read(P)).map((each) => (each.kind === 'change' ? each.change.id : each.kind))
  return { ...world, database, clock, inTopic }
}

it('rule 34: a record that a gateway left behind is produced; control: without the sweep it is lost', async () => {
  const left = async (weaken?: Weaken) => {
    const at = twoGateways(weaken)
    at.writer.plan('lost')
    await at.gateway.acceptChange({ change: hrChange(1n) }, 'hr').catch(() => undefined)
    await at.clock.advance(LEFT_MS)
    await at.other.produceLeftovers()
    return at.inTopic()
  }
  expect(await left()).toEqual(['hr-1'])
  expect(await left(leftBehind)).toEqual([])
})

it('rule 34: gateways of one feed take turns; control: without the lock, one number is given twice', async () => {
  const numbers = async (weaken?: Weaken) => {
    const at = twoGateways(weaken)
    const sent = [at.gateway, at.other].map((each, n) =>
      each.acceptChange({ change: hrChange(BigInt(n)) }, 'hr'),
    )
    await Promise.allSettled(sent)
    const incoming = await at.read(P)
    return incoming.flatMap((each) => (each.kind === 'change' ? [each.stamp.number] : []))
  }
  expect(new Set(await numbers())).toEqual(new Set([1n, 2n]))
  expect(await numbers(unlocked)).toEqual([1n, 1n])
})

it('rule 34: a turn produces the records of its own gateway; control: those in flight at another are copied', async () => {
  const copies = async (weaken?: Weaken) => {
    const at = twoGateways(weaken)
    const hold = at.writer.hold()
    const first = at.gateway.acceptChange({ change: hrChange(1n) }, 'hr')
    await hold.reached
    await at.other.acceptChange({ change: hrChange(2n) }, 'hr')
    hold.release()
    await first
    return at.inTopic()
  }
  expect(await copies()).toEqual(['hr-2', 'hr-1'])
  expect(await copies(everyTurn)).toEqual(['hr-1', 'hr-2', 'hr-1'])
})

it('rule 35: the first sequence without a stamp is expected; control: after the last stamp, a lost event is passed over', async () => {
  const accepts = async (weaken?: Weaken) => {
    const at = twoGateways(weaken)
    await at.gateway.acceptChange({ change: igaChange(1n) }, 'iga')
    const [known] = at.database.stamps.values()
    if (known === undefined) return expect.unreachable()
    const written = { ...known, id: 'iga-3', number: 3n, sequence: 3n, acknowledged: true }
    at.database.stamps.set(JSON.stringify(['acme', 'iga', written.id, P]), written)
    const [answer] = await at.gateway.acceptChanges('iga', [{ change: igaChange(4n) }])
    return answer?.ok
  }
  expect(await accepts()).toBe(false)
  expect(await accepts(afterTheLast)).toBe(true)
})

it.each([
  ['heartbeat', heartbeatsDoNotWait],
  ['heartbeat for many tenants', groupsDoNotWait],
] as const)(
  'rule 37: a %s comes after the changes that it covers; control: without the wait it comes before a lost one',
  async (form, weakened) => {
    const topic = async (weaken?: Weaken) => {
      const at = twoGateways(weaken)
      at.writer.plan('lost')
      await at.gateway.acceptChange({ change: hrChange(1n) }, 'hr').catch(() => undefined)
      const heartbeat = { source: 'hr', throughMs: at.clock.nowMs() }
      if (form === 'heartbeat') await at.gateway.acceptHeartbeat({ ...heartbeat, tenant: 'acme' })
      else await at.gateway.acceptHeartbeats({ ...heartbeat, tenants: [{ tenant: 'acme' }] })
      return (await at.inTopic())[0]
    }
    expect(await topic()).toBe('hr-1')
    expect(await topic(weakened)).toMatch(/^heartbeat/)
  },
)
