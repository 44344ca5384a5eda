import type { Page } from 'playwright-core'
import type { Story } from './story.ts'

/** A page of the console: its address, and what a person does there before a picture is taken. */
export interface View {
  readonly path: string
  readonly act?: (page: Page) => Promise<void>
}

/** Every page by its name. A page of a record needs a record, so the empty stack has fewer. */
export function viewsOf(story: Story | undefined): Readonly<Record<string, View>> {
  const ofStory = story === undefined ? {} : viewsOfStory(story)
  return {
    overview: { path: '/' },
    explain: { path: '/explain' },
    edges: { path: '/edges' },
    edge: { path: '/edges?edge=sidecar%3A2' },
    live: { path: '/live' },
    slos: { path: '/slos' },
    slo: { path: '/slos?slo=reduce-complete-2s' },
    registry: { path: '/registry' },
    audit: { path: '/audit' },
    quarantine: { path: '/quarantine?state=any' },
    search: { path: '/explain?q=pay' },
    palette: { path: '/live', act: typeInPalette },
    unknown: { path: '/edgez' },
    ...ofStory,
  }
}

function viewsOfStory({
  change,
  jti,
  quarantinedId,
  subject,
}: Story): Readonly<Record<string, View>> {
  const query = new URLSearchParams(subject).toString()
  return {
    change: { path: `/explain?change=${change}` },
    token: { path: `/explain?token=${jti}` },
    subject: { path: `/explain?${query}`, act: previewToken },
    ...(quarantinedId !== undefined && { parked: { path: `/quarantine?id=${quarantinedId}` } }),
  }
}

async function typeInPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.waitForSelector('#search:focus')
  await page.keyboard.type('pay')
  await page.waitForSelector('.palette [role=status][aria-busy=false]')
}

async function previewToken(page: Page): Promise<void> {
  await page.selectOption('label:has-text("What would be minted") select', { index: 1 })
  await page.waitForSelector('table:has(caption:text-is("Claims of the token"))')
}
