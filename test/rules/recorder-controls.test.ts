import {
  claimKey,
  claimMapOf,
  denialKey,
  judge,
  partitionOf,
  PARTITIONS,
  subjectKey,
  valuesInForce,
  type ClaimValue,
  type Knowledge,
  type Registry,
} from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { MemoryDatabase, memoryMintStore, memoryRecorderStore } from '@freshet/memory'
import {
  recordBatch,
  type RecordedBatch,
  type RecordContext,
  type RecorderStore,
} from '@freshet/reconciler'
import {
  acmeRegistry,
  AMY,
  ASKS_NOTHING,
  changeTopic,
  groupsChange,
  hrOrigin,
  ManualClock,
  mintedToken,
  recordContext,
} from '@freshet/testkit'
import { expect, test } from 'vitest'

/** Rules of recording: the product's recorder over memory, and over a store that breaks one rule. */

const P = partitionOf(AMY)

/** Returns versions of which version 2 gives the groups to another source. */
function registries(): ReadonlyMap<number, Registry> {
  const claims = new Map(acmeRegistry().claims)
  const groups = claims.get('groups')
  if (groups) claims.set('groups', { ...groups, source: 'iga' })
  return new Map([
    [1, acmeRegistry()],
    [2, acmeRegistry({ version: 2, claims })],
  ])
}

async function recorderOnMemory(weaken = (store: RecorderStore): RecorderStore => store) {
  const database = new MemoryDatabase()
  const clock = new ManualClock()
  const topic = changeTopic(clock)
  const store = memoryRecorderStore(database)
  await store.ensureProgress(PARTITIONS, 1n)
  const contextOf = (over: RecorderStore): RecordContext => recordContext(over, clock, registries())
  const record = async (partition: number, over = weaken(store)): Promise<void> => {
    const { e, nextOffset } = await store.progress(partition)
    const records = topic.records(partition).slice(Number(nextOffset))
    await recordBatch(contextOf(over), records, { e, nextOffset, receivedAtMs: 0 })
  }
  const held = (): readonly ClaimValue[] => {
    const row = database.claimStates.get(JSON.stringify([subjectKey(AMY), 'groups']))
    return row === undefined ? [] : valuesInForce(row.state)
  }
  const published = (): readonly (string | undefined)[] =>
    database.outbox
      .values()
      .filter((row) => row.topic === REVOCATIONS_TOPIC && row.partition === P)
      .map(({ change }) => change?.id)
  topic.activate(1)
  topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
  return { database, topic, store, record, held, published }
}

test('rule 1: a change in the topic survives a restore; control: one written to the database does not', async () => {
  const at = await recorderOnMemory()
  await at.record(P)
  const restore = at.database.backup()
  at.topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
  await at.record(P)
  const removed = at.database.claimStates.values()
  await restore()
  expect(at.held()).toEqual(['x'])
  await at.record(P)
  expect(at.held()).toEqual([])

  const direct = await recorderOnMemory()
  await direct.record(P)
  const restoreDirect = direct.database.backup()
  for (const row of removed)
    direct.database.claimStates.set(JSON.stringify([subjectKey(row.subject), row.claim]), row)
  expect(direct.held()).toEqual([])
  await restoreDirect()
  await direct.record(P)
  expect(direct.held()).toEqual(['x'])
})

/** Stores position and state in a first transaction; the process ends before the second one. */
function halved(store: RecorderStore): RecorderStore {
  const firstHalf = (batch: RecordedBatch): RecordedBatch => ({
    ...batch,
    outbox: [],
    decision: { ...batch.decision, watermarks: [] },
  })
  return {
    ...store,
    async inPartition(partition, work) {
      await store.inPartition(partition, (tx) =>
        work({ ...tx, save: (batch) => tx.save(firstHalf(batch)) }),
      )
      throw new Error('The process ends between two transactions.')
    },
  }
}

/** Ends the process inside of its one transaction. */
function whole(store: RecorderStore): RecorderStore {
  return {
    ...store,
    inPartition: (partition, work) =>
      store.inPartition(partition, async (tx) => {
        await work(tx)
        throw new Error('The process ends before its transaction commits.')
      }),
  }
}

test('rule 2: a crash inside of the one transaction of a batch loses nothing; control: between two, a revocation', async () => {
  const afterCrash = async (crashing: typeof whole) => {
    const at = await recorderOnMemory()
    await at.record(P)
    at.topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
    await expect(at.record(P, crashing(at.store))).rejects.toThrow('The process ends')
    await at.record(P)
    const watermark = at.database.watermarks.get(claimKey(AMY, 'groups'))?.position
    return { held: at.held(), published: at.published(), watermark }
  }
  expect(await afterCrash(whole)).toEqual({ held: [], published: ['a2'], watermark: 3n })
  expect(await afterCrash(halved)).toEqual({ held: [], published: [], watermark: undefined })
})

/** Judges every partition by the version that the control partition has reached. */
function byControl(store: RecorderStore): RecorderStore {
  return {
    ...store,
    async progress(partition) {
      const { policy } = await store.progress(0)
      return { ...(await store.progress(partition)), policy }
    },
    async inPartition(partition, work) {
      const { policy } = await store.progress(0)
      return store.inPartition(partition, (tx) =>
        work({ ...tx, progress: { ...tx.progress, policy } }),
      )
    },
  }
}

/** HR removes a group, and then the groups move to another source. */
async function movedAfterRemoval(order: readonly number[], weaken?: typeof byControl) {
  const at = await recorderOnMemory(weaken)
  for (const partition of [0, P]) await at.record(partition)
  at.topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
  at.topic.activate(2)
  for (const partition of order) await at.record(partition)
  return at.held()
}

test('rule 32: a version switches where it stands in each partition; control: by the control partition alone a removal is lost', async () => {
  expect(await movedAfterRemoval([P, 0])).toEqual([])
  expect(await movedAfterRemoval([0, P])).toEqual([])
  expect(await movedAfterRemoval([P, 0], byControl)).toEqual([])
  expect(await movedAfterRemoval([0, P], byControl)).toEqual(['x'])
})

test('rule 39: a token that a failover lost is denied by its id; control: by its row in the ledger it passes', async () => {
  const at = await recorderOnMemory()
  at.topic.put({
    ...hrOrigin('d1', 1),
    source: 'security',
    kind: 'deny',
    scope: 'token',
    target: 't1',
  })
  await at.record(0)
  const { database } = at
  const denial = denialKey({ tenant: 'acme', kind: 'token', id: 't1' })
  const knowing = (find: Knowledge['denial']): Knowledge => ({
    map: claimMapOf(acmeRegistry()),
    minimumPv: 0,
    incarnation: () => 1n,
    watermark: () => undefined,
    denial: find,
    trust: () => ({ fresh: true }),
  })
  const { token } = mintedToken('t1', {
    issuer: 'https://tokens.acme.example',
    pv: 1,
    parties: [{ subject: AMY, label: { e: 1n, s: 9n, c: 4n } }],
    claims: new Map([['groups', ['x']]]),
  })
  expect(database.denials.get(denial)?.change).toBe('d1')
  const denied = await memoryMintStore(database).recheck({ ...ASKS_NOTHING, denialKeys: [denial] })
  const byId = knowing(({ id }) => (id === 't1' ? denied.denials.get(denial) : undefined))
  expect(judge(token, 'groups', byId).kind).toBe('stale')
  const byLedger = knowing(({ id }) => database.tokens.get(id)?.stale ?? undefined)
  expect(judge(token, 'groups', byLedger).kind).toBe('fresh')
})
