import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consoleAt, type LoginConsole } from './console-at.ts'
import { loginBrowser, type LoginBrowser } from './login-browser.ts'
import { lyingIssuer, type LyingIssuer } from './lying-issuer.ts'

let issuer: LyingIssuer
let at: LoginConsole
let browser: LoginBrowser

beforeEach(async () => {
  issuer = await lyingIssuer()
  at = consoleAt(issuer.url)
  browser = loginBrowser(at, issuer)
})
afterEach(() => issuer.close())

async function drop(headers: Record<string, string>): Promise<number> {
  const path = '/v1/quarantine/1/drop'
  return (await at.app.request(path, { method: 'POST', headers })).status
}

describe('a person who is logged in by an identity provider', () => {
  it('gives orders as the person that it is, for the role that an order takes', async () => {
    const cookie = await browser.loggedIn()
    expect(await drop({ cookie })).toBe(403)
    expect(await drop({ cookie, 'x-freshet-csrf': 'other' })).toBe(403)
    expect(await drop({ cookie, 'x-freshet-csrf': await browser.csrfOf(cookie) })).toBe(200)
    expect(await drop({ authorization: 'Bearer token-of-ann' })).toBe(200)
    expect(at.ordered).toEqual([
      { by: { person: { iss: issuer.url, sub: 'alice' } }, role: 'operator' },
      { by: { token: 'token-of-ann' }, role: 'operator' },
    ])
  })

  it('gives none without that role', async () => {
    issuer.lies = { claims: { groups: ['staff'] } }
    const cookie = await browser.loggedIn()
    expect(await drop({ cookie, 'x-freshet-csrf': await browser.csrfOf(cookie) })).toBe(403)
    expect(at.ordered).toEqual([])
  })

  it('is not allowed to order if this console signs no vouchers', async () => {
    const mute = loginBrowser(consoleAt(issuer.url, { canVouch: false }), issuer)
    const session = await mute.ask('/v1/session', await mute.loggedIn())
    expect(await session.json()).toMatchObject({ role: 'operator', canOrder: false })
  })
})
