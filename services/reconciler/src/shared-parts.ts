import type { Kafka } from '@freshet/kafka'
import { postgresIncarnationStore, type Database } from '@freshet/postgres'
import {
  checkpointKeysOf,
  createIncarnationCheck,
  createWakeUp,
  GIVE_WAY_MS,
  quietRests,
  rootTurns,
  type CheckpointKeys,
  type CountingParts,
  type IncarnationCheck,
  type QuietRests,
  type RootTurns,
  type WakeUp,
} from '@freshet/reconciler'
import type { Versions } from '@freshet/registry'
import type { LogReader } from '@freshet/wire'
import { systemClock, type Logger } from '@freshet/runtime'
import type { PipelineMetrics } from '@freshet/telemetry'
import type { ReconcilerConfig } from './config.ts'
import type { ReconcilerKeys } from './open-keys.ts'
import type { ReconcilerTraces } from './traces.ts'

/** The opened parts of the process. */
export interface ReconcilerParts {
  readonly config: ReconcilerConfig
  /** The policy versions, and which of them each partition goes by. */
  readonly versions: Versions
  readonly database: Database
  readonly kafka: Kafka
  /** The reader with which the recorder follows the change topic. */
  readonly changes: LogReader
  readonly keys: ReconcilerKeys
  readonly pipeline: PipelineMetrics
  /** Called with the number of quarantined records that wait for an operator. */
  readonly onQuarantined: CountingParts['onCounted']
  readonly logger: Logger
  /** Absent: nothing is traced. */
  readonly traces?: ReconcilerTraces | undefined
}

/** The parts that recorder and publisher share. */
export interface SharedParts {
  readonly wakeUp: WakeUp
  /** Noted at each commit with more than heartbeats. */
  readonly rests: QuietRests
  readonly incarnation: IncarnationCheck
  readonly checkpointKeys: CheckpointKeys
  readonly roots: RootTurns
}

/** Makes the parts that the loops of one process share. */
export function sharedOf({ database, kafka, logger, keys }: ReconcilerParts): SharedParts {
  const checkpointKeys = checkpointKeysOf(keys.checkpoints, systemClock)
  const incarnation = createIncarnationCheck({
    store: postgresIncarnationStore(database),
    reader: kafka.reader(),
    clock: systemClock,
    checkpointKeys: checkpointKeys.published,
    onRaised: (partition, why) => logger.error({ partition, why }, 'the incarnation is raised'),
  })
  const [wakeUp, rests] = [createWakeUp(systemClock), quietRests(systemClock, GIVE_WAY_MS)]
  return { wakeUp, rests, incarnation, checkpointKeys, roots: rootTurns() }
}
