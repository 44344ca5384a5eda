import {
  ManualClock,
  registerFleetLimitsContract,
  registerReportBatchContract,
  registerSignedReportContract,
  registerSliContract,
  registerVouchingContract,
  type SliUnderTest,
} from '@freshet/testkit'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryObservatoryStore } from '../observatory/memory-observatory.ts'
import type { ChangeLogRow } from '../memory-rows.ts'
import { changeRowKey } from './memory-sli-rows.ts'
import { memorySliStore } from './memory-slis.ts'

const make = (): Promise<SliUnderTest> => {
  const database = new MemoryDatabase()
  return Promise.resolve({
    sli: memorySliStore(database),
    observatory: memoryObservatoryStore(database, new ManualClock()),
    seedChange(change) {
      database.changeLog.set(changeRowKey(change), { ...change, contentHash: 'h' } as ChangeLogRow)
      return Promise.resolve()
    },
    recordedTo(partition, e, nextOffset) {
      const policy = { activePv: 1, activeHash: 'h', minimumPv: 1, lastHash: null }
      database.progress.set(String(partition), { partition, e, nextOffset, ...policy })
      return Promise.resolve()
    },
  })
}

registerSliContract('memory', make)
registerReportBatchContract('memory', make)
registerSignedReportContract('memory', make)
registerFleetLimitsContract('memory', make)
registerVouchingContract('memory', make)
