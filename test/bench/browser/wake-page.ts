import type { Page } from 'playwright-core'
import type { BenchClock } from '../measure/clock.ts'
import { Latencies } from '../measure/latencies.ts'
import type { Distribution } from '../measure/distribution.ts'

const HOUR_MS = 3_600_000

/**
 * Measures the time from the end of an hour of sleep until the page shows figures of then. The browser freezes the page,
 * and its clock goes on by an hour.
 */
export async function wakePage(
  page: Page,
  clock: Pick<BenchClock, 'nowNs'>,
  wakes: number,
): Promise<Distribution> {
  const latencies = new Latencies()
  const browser = await page.context().newCDPSession(page)
  const startMs = Date.now()
  await page.clock.setFixedTime(startMs)
  for (let n = 1; n <= wakes; n += 1) {
    const nowMs = startMs + n * HOUR_MS
    await browser.send('Page.setWebLifecycleState', { state: 'frozen' })
    await page.clock.setFixedTime(nowMs)
    const startNs = clock.nowNs()
    await browser.send('Page.setWebLifecycleState', { state: 'active' })
    const time = await page.evaluate<string>(
      `new Date(${nowMs}).toLocaleTimeString(undefined, { hour12: false })`,
    )
    await page.waitForSelector(`.as-of:has-text("${time}, 0 s ago")`)
    latencies.record(clock.nowNs() - startNs)
  }
  return latencies.distribution('ms')
}
