import type { Versions } from '@freshet/policy'
import type { Database } from '@freshet/postgres'
import type { Check } from '@freshet/runtime'

/** The checks of `/readyz`. The broker is not among them: only revocations need it. */
export function readinessChecks(
  database: Database,
  versions: Pick<Versions, 'check'>,
): Readonly<Record<string, Check>> {
  return {
    postgres: async () => void (await database.query({ name: 'ready', text: 'SELECT 1' })),
    policy: async () => versions.check(),
  }
}
