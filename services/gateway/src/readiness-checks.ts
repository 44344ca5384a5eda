import type { Clock } from '@freshet/protocol'
import type { Kafka } from '@freshet/kafka'
import type { Versions } from '@freshet/registry'
import { databaseCheck, type Database } from '@freshet/postgres'
import type { AppOptions } from '@freshet/runtime'
import type { PausingWriter } from './pausing-writer.ts'

/** The parts that readiness depends on. */
export interface CheckedParts {
  readonly database: Database
  readonly clock: Clock
  readonly kafka: Pick<Kafka, 'check'>
  readonly policy: Pick<Versions, 'check'>
  readonly writer: Pick<PausingWriter, 'check'>
}

/** The checks of `/readyz`. A partition that pauses stops no other one, so `?verbose` alone shows it. */
export function readinessChecks(parts: CheckedParts): Pick<AppOptions, 'checks' | 'notices'> {
  const { database, clock, kafka, policy, writer } = parts
  return {
    checks: {
      postgres: databaseCheck(database, clock),
      kafka: async () => void (await kafka.check()),
      policy: () => policy.check(),
    },
    notices: { partitions: writer.check },
  }
}
