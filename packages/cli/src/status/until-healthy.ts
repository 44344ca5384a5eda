import { setTimeout as wait } from 'node:timers/promises'
import type { DevFile } from '../stack/dev-file.ts'
import { withTimeLimit } from '../time-limit.ts'
import { askHealth } from './ask-health.ts'

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
