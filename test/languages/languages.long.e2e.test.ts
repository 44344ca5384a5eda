import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { extraSidecar, type ExtraSidecar } from '../e2e/extra-sidecar.ts'
import { sourceOf } from '../e2e/source.ts'
import { canRun, processOf, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { recorded } from '../e2e/timeline.ts'
import { mint } from '../e2e/token.ts'
import { languages, runnable, type Language } from './languages.ts'
import { startPageService, type PageService } from './page-service.ts'

/** A cold start fetches what a page needs and compiles it. */
const START_WITHIN_MS = 900_000
const GROUPS = ['payments-approvers', 'staff']

const missing = languages.filter((language) => !runnable.includes(language))
if (missing.length > 0 && process.env['CI'] === undefined) {
  const names = missing.map(({ name, tools }) => `${name} (${Object.keys(tools).join(', ')})`)
  process.stderr.write(`Not installed, so not tested: ${names.join('; ')}.\n`)
}

it.runIf(process.env['CI'] !== undefined)('every language is installed where CI runs', () => {
  expect(missing.map(({ name }) => name)).toEqual([])
})

describe.runIf(canRun && runnable.length > 0)('the service of a page', () => {
  let stack: TestStack
  let sidecar: ExtraSidecar
  const services = new Map<Language, PageService>()
  /** Tokens of people that stay approvers, and of one that never was. */
  const fresh = new Map<Language, string>()
  let lacking: string

  beforeAll(async () => {
    stack = await startTestStack()
    sidecar = await extraSidecar(stack, 'languages', {})
    const { authority, clients } = stack.describe()
    const clientSecret = clients['payments-api']?.secret ?? ''
    const { url, issuer } = authority
    const at = { sidecar: sidecar.url, authority: url, issuer, clientSecret }
    for (const language of runnable) services.set(language, await startPageService(language, at))
    for (const language of runnable) fresh.set(language, await tokenOf(`stays-${language.asks}`))
    lacking = await mint(stack, 'probe')
  }, START_WITHIN_MS)
  afterAll(async () => {
    for (const service of services.values()) await service[Symbol.asyncDispose]()
    await sidecar?.[Symbol.asyncDispose]()
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  const about = (subject: string) => ({ subject, claim: 'groups' }) as const
  const tokenOf = async (subject: string): Promise<string> => {
    const change = { op: 'set', ...about(subject), value: GROUPS }
    await recorded(stack, await sourceOf(stack, 'hr').send(change))
    return mint(stack, subject)
  }
  const serviceOf = (language: Language): PageService => {
    const found = services.get(language)
    if (found === undefined) throw new Error(`${language.name} was not started.`)
    return found
  }
  const statusOf = async (language: Language, token?: string): Promise<number> =>
    (await serviceOf(language).approve(token)).status
  const askers = (asks: Language['asks']): readonly Language[] =>
    runnable.filter((language) => language.asks === asks)

  describe.each(runnable)('in $name', (language) => {
    it('refuses a request without a token, and one without the group', async () => {
      const none = await serviceOf(language).approve()
      expect(none).toMatchObject({ status: 401, challenge: expect.stringContaining('Bearer') })
      await expect.poll(() => statusOf(language, lacking)).toBe(403)
      expect(await statusOf(language, `${lacking}x`)).toBe(401)
    })

    it('lets a fresh token in, and refuses the same one after its revocation', async () => {
      const subject = `alice-${language.name.replaceAll(' ', '-')}`
      const token = await tokenOf(subject)
      await expect.poll(() => statusOf(language, token)).toBe(200)
      const { body } = await serviceOf(language).approve(token)
      expect(body).toBe(`approved by ${subject}`)
      const [value] = GROUPS
      await sourceOf(stack, 'hr').send({ op: 'remove', ...about(subject), value })
      await expect.poll(() => statusOf(language, token)).toBe(401)
      const { challenge } = await serviceOf(language).approve(token)
      expect(challenge).toContain('error="invalid_token"')
    })
  })

  // The last tests: they end what the services ask.
  const AWAY = { status: 503, retryAfter: '1' }
  const approveFresh = (language: Language) =>
    serviceOf(language).approve(fresh.get(language) ?? '')

  it('refuses every token without its sidecar; control: until then it allowed them', async () => {
    for (const each of runnable)
      await expect.poll(() => approveFresh(each)).toMatchObject({ status: 200 })
    await sidecar.process.stop()
    for (const each of askers('sidecar')) expect(await approveFresh(each)).toMatchObject(AWAY)
    for (const each of askers('authority'))
      expect(await approveFresh(each)).toMatchObject({ status: 200 })
  })

  it('refuses every token without the authority that it asks', async () => {
    await processOf(stack, 'authority').stop()
    for (const each of askers('authority')) expect(await approveFresh(each)).toMatchObject(AWAY)
  })
})
