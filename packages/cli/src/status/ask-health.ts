import { setTimeout as wait } from 'node:timers/promises'
import { withTimeLimit } from '@freshet/source/time-limit'
import { ProblemError } from '@freshet/source/problem'
import type { Health } from '@freshet/insight'
import { consoleClient, type ConsoleAccess } from '../http/console-client.ts'
import type { DevFile } from '../stack/dev-file.ts'

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

const ASK_EVERY_MS = 100
/** A source without a current lease by then has a fault of its own. */
const HEALTHY_WITHIN_MS = 20_000

/**
 * Waits until the verdict is `fresh`: tokens can be minted and checked. Resolves with false if
 * that takes longer than 20 s, and if the signal aborts.
 */
export async function untilHealthy(dev: DevFile, signal: AbortSignal): Promise<boolean> {
  const access = { url: dev.console.url, token: dev.admin.token }
  const over = withTimeLimit(signal, HEALTHY_WITHIN_MS)
  while (!over.aborted) {
    const health = await askHealth(access).catch(() => undefined)
    if (health?.state === 'fresh') return true
    await wait(ASK_EVERY_MS, undefined, { signal: over }).catch(() => {})
  }
  return false
}
