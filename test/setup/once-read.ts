import { FILE_READ_EVERY_MS } from '@freshet/wire/environment'
import type { ManualClock } from '@freshet/testkit'
import { vi } from 'vitest'

/** The time within which a slow machine reads a file. */
const READ_WITHIN_MS = 20_000

/**
 * Waits until a watched file was read again and an assertion holds. Reading a file is no timer, so the clock goes
 * on until then.
 */
export async function onceRead(clock: ManualClock, assertion: () => void): Promise<void> {
  await vi.waitFor(
    async () => {
      await clock.advance(FILE_READ_EVERY_MS)
      assertion()
    },
    { timeout: READ_WITHIN_MS },
  )
}
