import { generateKey, importSigningKey } from '@freshet/wire'
import { expect, it } from 'vitest'
import { breaches } from './breaches.ts'
import { browserSuite } from './browser-suite.ts'
import type { SeededConsole } from './seeded-console.ts'

await browserSuite('the page of the audit', (world) => {
  it('opens the audit on orders, and offers the names of the registry, a time and each hash to copy', async () => {
    const page = await world.visits.open()
    await sealControl(world.seeded)
    await world.visits.go(page, '/audit')
    const entries = page.locator('table:has(caption:text-is("Sealed entries"))')
    await entries.locator('td:has-text("admin logged in")').first().waitFor()
    expect(await entries.textContent()).not.toContain('token issued')
    expect(await entries.locator('button[aria-label^="Copy the hash of control"]').count()).toBe(
      await entries.locator('tbody tr').count(),
    )
    expect(await breaches(page)).toEqual([])
    await page.selectOption('form select[name=tenant]', 'acme')
    await page.selectOption('form select[name=claim]', 'groups')
    await page.fill('form input[name=value]', 'staff')
    await page.fill('form input[name=at]', '2026-11-24T09:59:59')
    await page.click('form button')
    await page.waitForURL(/at=2026-11-24T09%3A59%3A59.000Z/)
    await page.selectOption('select[name=kind]', 'policy-published')
    await page.waitForSelector('text=No sealed entry matches.')
    expect(world.visits.complaints()).toEqual([])
  })
})

/** Seals the entries of orders without a reconciler. */
async function sealControl({ seal }: SeededConsole): Promise<void> {
  const { privateJwk } = await generateKey('EdDSA', 'audit-1')
  await seal(importSigningKey(privateJwk))
}
