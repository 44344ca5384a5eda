import type { Browser } from 'playwright-core'
import { openConsole } from '../page.ts'
import type { TestStack } from '../test-stack.ts'

/** The verdict of a page: its state, and the sentence of each cause. */
export interface ShownPage {
  readonly word: string
  readonly causes: readonly string[]
  /** The moment since which it shows this state with this first cause, by the clock of `performance.now`. */
  readonly sinceMs: number
}

/** The overview in a browser, which stays open while states are planted. */
export interface HealthPage {
  read(): Promise<ShownPage>
  /** Returns the counts below the verdict, as one text. */
  counts(): Promise<string>
  /** Logs in again: a console forgets its sessions when it ends. */
  logIn(): Promise<void>
}

const BAR = '[aria-label=Health]'
/** Commands in the causes have statuses of their own, behind that of the verdict. */
const WATCH = `
  var watched = { word: '', causes: [], atMs: 0 }
  var keyOf = ({ word, causes: [first = ''] }) => (word + first).replaceAll(/[\\d.:]+/g, '#')
  var watch = () => {
    const bar = document.querySelector('${BAR}')
    const word = bar?.querySelector('[role=status]')?.textContent ?? ''
    const links = bar?.querySelectorAll('.causes > li > p:first-child > a') ?? []
    const next = { word: word.trim(), causes: [...links].map((each) => each.textContent.trim()) }
    const atMs = keyOf(next) === keyOf(watched) ? watched.atMs : Date.now()
    watched = { ...next, atMs }
  }
  watch()
  new MutationObserver(watch).observe(document, { subtree: true, childList: true, characterData: true })`

/** Opens it, logged in as the admin of the stack. */
export async function openHealthPage(browser: Browser, stack: TestStack): Promise<HealthPage> {
  const page = await openConsole(browser, stack)
  await page.evaluate(WATCH)
  return {
    async read() {
      const { atMs, ...shown } = await page.evaluate<Omit<ShownPage, 'sinceMs'> & { atMs: number }>(
        'watched',
      )
      return { ...shown, sinceMs: atMs - performance.timeOrigin }
    },
    counts: async () => (await page.locator('.counted').textContent()) ?? '',
    async logIn() {
      await page.fill('#token', stack.workspace.adminToken)
      await page.click('button[type=submit]')
      await page.waitForSelector(BAR)
    },
  }
}
