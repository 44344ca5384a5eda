import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { breaches } from './breaches.ts'
import { SIZES } from './visits.ts'

/** The folder in which a person can view the screenshots; git ignores it. */
const SHOTS = join(import.meta.dirname, 'results')

/** Expects the open view to be no wider than the window, and axe to be content, and leaves a picture of each form. */
export async function soundIn(page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport)
      await page.screenshot({ path: join(SHOTS, `${name}-${size}-${colorScheme}.png`) })
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      expect(await breaches(page)).toEqual([])
    }
  }
}
