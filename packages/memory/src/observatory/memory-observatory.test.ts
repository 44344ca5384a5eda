import { SILENT_FEED } from '@freshet/protocol'
import {
  ManualClock,
  registerExposureContract,
  registerObservatoryContract,
} from '@freshet/testkit'
import { MemoryDatabase } from '../memory-database.ts'
import type { ChangeLogRow } from '../memory-rows.ts'
import { memoryObservatoryStore } from './memory-observatory.ts'
import { memoryRecorderStore } from '../recorder/memory-recorder.ts'

registerExposureContract('memory', () => {
  const database = new MemoryDatabase()
  return Promise.resolve({
    store: memoryObservatoryStore(database, new ManualClock()),
    seedChange(change) {
      const row = { ...change, contentHash: 'h' } as ChangeLogRow
      database.changeLog.set(JSON.stringify([row.tenant, row.source, row.id]), row)
      return Promise.resolve()
    },
  })
})

registerObservatoryContract('memory', () => {
  const database = new MemoryDatabase()
  return Promise.resolve({
    store: memoryObservatoryStore(database, new ManualClock()),
    seedChange(change) {
      const row = { ...change, contentHash: 'h' } as ChangeLogRow
      database.changeLog.set(JSON.stringify([row.tenant, row.source, row.id]), row)
      return Promise.resolve()
    },
    seedPartition(partition, e, nextOffset) {
      const key = String(partition)
      const policy = { activePv: 1, activeHash: 'h', minimumPv: 1 }
      database.progress.set(key, { partition, e, nextOffset, lastHash: null, ...policy })
      const head = { hash: 'c', offset: 1n, storedAtMs: 600 }
      const owned = { generation: 1n, owner: null, renewedAtMs: 0, base: null, mapPublished: null }
      database.publishers.set(key, { partition, head, ...owned, signers: new Map() })
      for (const topic of ['freshet.revocations.v1', 'freshet.quarantine.v1']) {
        const row = { id: database.nextId(), topic, partition, headers: {}, change: null }
        database.outbox.set(String(row.id), { ...row, key: null, value: null })
      }
      return Promise.resolve()
    },
    seedPause: (pause) => memoryRecorderStore(database).notePause(pause),
    seedFeed({ partition, throughMs }) {
      const feed = { ...SILENT_FEED, throughMs }
      database.feeds.set(String(partition), { tenant: 'acme', source: 'hr', partition, feed })
      return Promise.resolve()
    },
    seedMissed({ subject: sub, lost }) {
      database.missedChanges.set(sub, {
        subject: { tenant: 'acme', iss: 'i', sub },
        claim: 'groups',
        source: 'hr',
        statement: 's1',
        change: 'c1',
        version: { epoch: 0n, n: 1n },
        lost: lost === undefined ? [] : [lost],
        gained: lost === undefined,
        partition: 3,
        atMs: 1,
      })
      return Promise.resolve()
    },
  })
})
