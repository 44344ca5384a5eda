import { consoleClient, type ConsoleClient } from '../../http/console-client.ts'
import { CONNECT_WITHIN_MS, type DoctorCheck, type CheckFinding } from '../check.ts'
import { CONSOLE_REPORTS } from './pipeline-checks.ts'
import type { DoctorTarget } from '../target.ts'

/** The identity provider that logs people in, as the console reaches it. */
export function loginChecks({ console: access }: DoctorTarget): readonly DoctorCheck[] {
  if (access === undefined) return []
  const client = consoleClient(access)
  return [
    {
      group: 'console',
      name: 'its identity provider answers',
      title: 'identity provider',
      needs: [CONSOLE_REPORTS],
      withinMs: CONNECT_WITHIN_MS,
      run: () => providerFinding(client),
    },
  ]
}

/** A console needs no provider; with one that does not answer, no user can log in. */
export async function providerFinding(
  client: Pick<ConsoleClient, 'loginWays' | 'loginProvider'>,
): Promise<CheckFinding> {
  const { openid } = await client.loginWays()
  if (openid === null) return { outcome: 'ok', detail: 'none is set up: tokens alone log in' }
  await client.loginProvider()
  return { outcome: 'ok', detail: openid.issuer }
}
