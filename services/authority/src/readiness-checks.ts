import type { Clock } from '@freshet/protocol'
import type { Kafka } from '@freshet/kafka'
import type { Versions } from '@freshet/registry'
import { databaseCheck, type Database } from '@freshet/postgres'
import type { AppOptions } from '@freshet/runtime'

/** The checks of `/readyz`. Only revocations need the broker, so `?verbose` alone shows its error. */
export function readinessChecks(
  database: Database,
  clock: Clock,
  versions: Pick<Versions, 'check'>,
  kafka: Pick<Kafka, 'check'>,
): Pick<AppOptions, 'checks' | 'notices'> {
  return {
    checks: {
      postgres: databaseCheck(database, clock),
      policy: async () => versions.check(),
    },
    notices: { kafka: async () => void (await kafka.check()) },
  }
}
