import type { Health } from '@freshet/insight'
import { consoleClient, type ConsoleAccess } from '../http/console-client.ts'
import { ProblemError } from '../http/problem-error.ts'

const NOT_FOUND = 404

const AWAY = {
  finding: 'consoleAway',
  object: 'console',
  tenant: null,
  since: null,
  effect:
    'the state is not known; edges judge by themselves, and withdraw their trust within the lease',
  runbook: null,
  who: null,
  symptoms: [],
} as const

/**
 * Asks the console for its verdict. A console that does not answer in time is a state too: `unknown`.
 *
 * @throws ProblemError if the console refuses the question
 */
export async function askHealth(access: ConsoleAccess): Promise<Health> {
  try {
    const { apiVersion: _, ...health } = await consoleClient(access).health()
    return health
  } catch (error) {
    if (error instanceof ProblemError && error.status !== NOT_FOUND) throw error
    const isOld = error instanceof ProblemError
    const what = isOld
      ? 'The console is of an earlier version, which has no verdict'
      : `The console at ${access.url} does not answer`
    const next = isOld
      ? 'upgrade the console'
      : 'start the console, or read the last lines of its log'
    return { state: 'unknown', since: null, asOf: null, causes: [{ ...AWAY, what, do: next }] }
  }
}
