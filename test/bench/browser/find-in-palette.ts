import type { Page } from 'playwright-core'
import { Latencies, NS_PER } from '../measure/latencies.ts'
import type { Distribution } from '../measure/distribution.ts'
import { storedId } from '../stack/many-changes.ts'

/** Measures the time from the last key of an id to the frame with its find. The ids are the same in every run. */
export async function findInPalette(
  page: Page,
  asks: number,
  stored: number,
): Promise<Distribution> {
  const latencies = new Latencies()
  await page.keyboard.press('Control+k')
  await page.waitForSelector('#search:focus')
  for (let n = 0; n < asks; n += 1) {
    const id = storedId(10_000 + ((n * 7_919) % (stored - 10_000)))
    await page.fill('#search', id.slice(0, -1))
    await page.waitForSelector('.palette [role=status][aria-busy=false]:has-text("found")')
    await page.evaluate(noteFind(id))
    await page.keyboard.press(id.slice(-1))
    latencies.record((await page.evaluate<number>('window.found')) * NS_PER.ms)
  }
  await page.keyboard.press('Escape')
  return latencies.distribution('ms')
}

/** Counts from the key, by the clock of the browser. The last line offers any text, and is no find. */
function noteFind(id: string): string {
  return `void (window.found = new Promise((tell) => {
    const isFound = () => [...document.querySelectorAll('#found li:not(:last-child) .name')]
      .some(({ textContent }) => textContent === ${JSON.stringify(id)})
    addEventListener('keydown', ({ timeStamp }) => {
      const look = () => requestAnimationFrame(
        isFound() ? () => tell(performance.now() - timeStamp) : look)
      look()
    }, { once: true, capture: true })
  }))`
}
