export type {
  Appended,
  LogFollower,
  LogReader,
  LogRecord,
  LogWriter,
  OutgoingRecord,
  PartitionBounds,
} from './log.ts'
export type { Timer } from './timer.ts'
