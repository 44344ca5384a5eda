import { denialKey } from '@freshet/protocol'
import { decodeRevocation, REVOCATIONS_TOPIC } from '@freshet/wire'
import { MemoryDatabase, memoryRecorderStore } from '@freshet/memory'
import { recordBatch } from '@freshet/reconciler'
import { acmeRegistry, changeTopic, hrOrigin, ManualClock, recordContext } from '@freshet/testkit'
import { expect, test } from 'vitest'

test('a token id is denied whether or not the ledger knows the token (rule 39)', async () => {
  const clock = new ManualClock()
  const database = new MemoryDatabase()
  const store = memoryRecorderStore(database)
  await store.ensureProgress([0], 1n)
  const topic = changeTopic(clock)
  topic.activate(1)
  const deny = { kind: 'deny', scope: 'token', target: 'lost-in-a-failover' } as const
  topic.put({ ...hrOrigin('d1', 1), source: 'security', ...deny })
  const context = recordContext(store, clock, new Map([[1, acmeRegistry()]]))
  await recordBatch(context, topic.records(0), { e: 1n, nextOffset: 0n, receivedAtMs: 1 })
  expect(database.tokens.values()).toEqual([])
  const key = denialKey({ tenant: 'acme', kind: 'token', id: 'lost-in-a-failover' })
  expect(database.denials.get(key)?.change).toBe('d1')
  const published = database.outbox
    .values()
    .filter((row) => row.topic === REVOCATIONS_TOPIC)
    .map((row) => decodeRevocation(row))
  expect(published).toContainEqual(
    expect.objectContaining({ scope: 'denial', target: 'lost-in-a-failover' }),
  )
})
