import { generateKey, importSigningKey } from '@freshet/wire'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startChromium } from '../setup/chromium.ts'
import { identityProvider, type IdentityProvider } from './identity-provider.ts'
import { seededConsole, type SeededConsole } from './seeded-console.ts'
import { vouchedGateway, type VouchedGateway } from './vouched-gateway.ts'

const WAIT_MS = 30_000
const browser: Browser | undefined = await startChromium()

let idp: IdentityProvider
let gateway: VouchedGateway
let seeded: SeededConsole
let context: BrowserContext | undefined

describe.skipIf(browser === undefined && process.env['CI'] === undefined)(
  'a login by an identity provider, in a browser',
  () => {
    beforeAll(async () => {
      idp = await identityProvider()
      gateway = vouchedGateway()
      seeded = await seededConsole({
        loginAt: (url) => idp.loginAt(url),
        orders: (memory) => gateway.orders(memory),
      })
    })
    afterEach(() => context?.close())
    afterAll(async () => {
      await browser?.close()
      await seeded.close()
      await gateway.close()
      await idp.close()
    })

    it('goes there, comes back to the page that was asked for, and ends at both', async () => {
      const page = await open('/edges?standing=stale')
      await logInAs(page, 'olga')
      await page.waitForSelector('h1:text("Edges")')
      expect(page.url()).toBe(`${seeded.url}/edges?standing=stale`)
      expect(await page.textContent('.who')).toContain(`${idp.url} olga`)
      expect(await page.textContent('.who')).toContain('operator')
      const cookies = (await context?.cookies(seeded.url)) ?? []
      const of = (name: string) => cookies.find((each) => each.name === name)
      expect(of('freshet-session')).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
      expect(of('freshet-login')).toBeUndefined()
      await page.click('text=Log out')
      await page.waitForURL((url) => url.origin === idp.url)
      await page.click('button[value=yes]')
      await page.waitForURL(`${seeded.url}/`)
      await page.waitForSelector('#token')
    })

    it('ends when the provider ends it, although the person did not log out here', async () => {
      const page = await open('/')
      await logInAs(page, 'olga')
      await page.waitForSelector('.who')
      const elsewhere = await page.context().newPage()
      await elsewhere.goto(`${idp.url}/session/end`)
      await elsewhere.click('button[value=yes]')
      await elsewhere.waitForSelector('text=Sign-out Success')
      await page.reload()
      await page.waitForSelector('#token')
    })

    it('carries an order of theirs out, and the audit names the person and the console', async () => {
      const page = await open('/quarantine')
      await logInAs(page, 'olga')
      await page.click('td a[href*="id="]')
      await page.click('button:text-is("Drop…")')
      await page.fill('dialog[open] input', 'known to be a test')
      await page.click('button:text-is("Drop record")')
      await page.waitForSelector('text=The record is closed')
      await sealed()
      await page.goto(`${seeded.url}/audit?kind=quarantine-dropped`)
      await page.waitForSelector('td')
      expect(await page.textContent('tbody')).toContain(`${idp.url} olga via console`)
    })

    it('shows a person without a role why no session opens', async () => {
      const page = await open('/')
      const [answered] = await Promise.all([
        page.waitForResponse((response) => response.url().includes('/callback?')),
        logInAs(page, 'victor'),
      ])
      expect(answered.status()).toBe(403)
      expect(await page.textContent('code')).toBe('login.no-role')
      expect(await page.textContent('main')).toContain('no value of the claim “groups”')
      await page.click('text=Back to the console')
      await page.waitForSelector('#token')
    })
  },
)

/** Seals entries without a reconciler. */
async function sealed(): Promise<void> {
  const { privateJwk } = await generateKey('EdDSA', 'audit-1')
  await seeded.seal(importSigningKey(privateJwk))
}

async function open(view: string): Promise<Page> {
  if (browser === undefined) throw new Error('Chromium is needed where CI is set.')
  context = await browser.newContext({ locale: 'en-GB' })
  context.setDefaultTimeout(WAIT_MS)
  const page = await context.newPage()
  await page.goto(seeded.url + view)
  return page
}

/** Fills in the pages of the provider: the name, and the consent for this client. */
async function logInAs(page: Page, name: string): Promise<void> {
  await page.click('a:has-text("Log in by")')
  await page.fill('input[name=login]', name)
  await page.fill('input[name=password]', 'any')
  await page.click('button[type=submit]')
  await page.waitForSelector('text=Continue')
  await page.click('button[type=submit]')
}
