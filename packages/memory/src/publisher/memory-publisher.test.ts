import { denialKey, type LoadedPolicy } from '@freshet/protocol'
import type { PublisherStore } from '@freshet/reconciler'
import {
  loggedChange,
  ManualClock,
  PUBLISHED_POLICY,
  registerPublisherContract,
  UNLOADED,
} from '@freshet/testkit'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { MemoryDatabase } from '../memory-database.ts'
import { MEMORY_STEP_ROWS, memoryPublisherStore } from './memory-publisher.ts'
import { encodeRecord } from '../recorder/memory-record.ts'
import type { ChangeLogRow } from '../memory-rows.ts'

registerPublisherContract('memory', () => {
  const database = new MemoryDatabase()
  const clock = new ManualClock()
  for (let partition = 0; partition < 7; partition++) {
    database.progress.set(String(partition), {
      partition,
      e: 1n,
      nextOffset: 0n,
      lastHash: null,
      activePv: 3,
      activeHash: 'h',
      minimumPv: 0,
    })
  }
  const policyOf: LoadedPolicy = (_, hash) => (hash === UNLOADED ? undefined : PUBLISHED_POLICY)
  const keeping = (keptMs: number): PublisherStore =>
    memoryPublisherStore(database, policyOf, clock, keptMs)
  return Promise.resolve({
    store: keeping(0),
    keeping,
    addDenial({ kind, id, record, ageMs, endsInMs }) {
      const nowMs = clock.nowMs()
      const denial = { tenant: 'acme', kind, target: id, source: 'security', change: 'c', atMs: 0 }
      const end = endsInMs === undefined ? {} : { expMs: nowMs + endsInMs }
      const row = { ...denial, ...end, recordedAtMs: nowMs - ageMs, record: encodeRecord(record) }
      database.denials.set(denialKey({ tenant: 'acme', kind, id }), row)
      return Promise.resolve()
    },
    expireOwnership(partition) {
      const row = database.publishers.get(String(partition))
      if (row) database.publishers.set(String(partition), { ...row, renewedAtMs: -1e9 })
      return Promise.resolve()
    },
    addRow(partition, record, id) {
      const change = loggedChange({ id, partition, publishedAtMs: null, revocationOffset: null })
      const row = { ...change, contentHash: 'h' } as ChangeLogRow
      database.changeLog.set(JSON.stringify([row.tenant, row.source, row.id, row.partition]), row)
      const outboxId = database.nextId()
      const cause = { tenant: row.tenant, source: row.source, id }
      const entry = { ...record, id: outboxId, topic: REVOCATIONS_TOPIC, partition, change: cause }
      database.outbox.set(String(outboxId), entry)
      return Promise.resolve()
    },
    activate(partition, activePv, activeHash) {
      const row = database.progress.get(String(partition))
      if (row) database.progress.set(String(partition), { ...row, activePv, activeHash })
      return Promise.resolve()
    },
    stepRows: MEMORY_STEP_ROWS,
    addWatermarks(partition, records) {
      for (const record of records) {
        const scopeKey = Buffer.from(record.value ?? []).toString()
        database.watermarks.set(scopeKey, {
          scopeKey,
          tenant: 'acme',
          partition,
          e: 1n,
          position: 1n,
          source: 'hr',
          change: 'c0',
          timeMs: 0,
          raisedAtMs: 0,
          record: encodeRecord(record),
        })
      }
      return Promise.resolve()
    },
    open(partition, grants) {
      const row = database.progress.get(String(partition))
      if (row) database.progress.set(String(partition), { ...row, grants })
      return Promise.resolve()
    },
    addFeed(partition, { tenant, source }, throughMs) {
      const feed = { complete: 1n, beyond: [], throughMs, halted: false }
      const row = { tenant, source, partition, feed }
      database.feeds.set(JSON.stringify([tenant, source, partition]), row)
      return Promise.resolve()
    },
    backup: async () => database.backup(),
    publishedAt(id) {
      const row = database.changeLog.values().find((each) => each.id === id)
      return Promise.resolve({
        atMs: row?.publishedAtMs ?? null,
        offset: row?.revocationOffset ?? null,
      })
    },
  })
})
