import { NO_STATEMENTS, SILENT_FEED, subjectKey, UNTOUCHED_ACCOUNT } from '@freshet/protocol'
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
    seedVoided(partition) {
      const row = { tenant: 'acme', source: 'hr', partition, feed: SILENT_FEED }
      const statements = { ...NO_STATEMENTS, latest: 's1' }
      database.feeds.set(String(partition), { ...row, statements })
      return Promise.resolve()
    },
    seedDoubt(doubt) {
      const row = { ...doubt, claim: 'groups', e: 1n, partition: 3, raised: true }
      database.doubts.set(`${subjectKey(doubt.subject)} ${doubt.offset}`, row)
      return Promise.resolve()
    },
    seedAccount({ sub, omitted }) {
      const subject = { tenant: 'acme', iss: 'i', sub }
      const state = { ...UNTOUCHED_ACCOUNT, state: omitted ? 'unstated' : 'disabled' } as const
      database.accounts.set(subjectKey(subject), { subject, state })
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
