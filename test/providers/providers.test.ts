import { claimMapOf, type ClaimMap, type Registry } from '@freshet/protocol'
import { loadRegistry } from '@freshet/runtime'
import { edgesIn, edgeWorld, ManualClock } from '@freshet/testkit'
import { PublishedKeySets } from '@freshet/wire'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifyIdentityToken } from '../../packages/authority/src/exchange/subject-token.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { providerSection, registryWith, type ProviderSection } from './provider-section.ts'
import { keysOf, type Vendor, type VendorKeys } from './vendor.ts'
import { vendors } from './vendors.ts'

const AUTHORITY = 'https://tokens.acme.example'
/** T_max of the page of Entra: the longest of the three. */
const LIFE_MAX_MS = 5_400_000
const HOUR_MS = 3_600_000

describe.each(vendors)('the section $section', (vendor) => {
  const section: ProviderSection = providerSection(vendor.section)
  const clock = new ManualClock()
  let keys: VendorKeys
  let registry: Registry
  let foreign: ClaimMap

  beforeAll(async () => {
    keys = await keysOf(vendor)
    await using file = await registryWith(section.registry)
    registry = (await loadRegistry(file.file)).registry
    foreign = claimMapOf(vendor.asForeign === undefined ? registry : await withForeign(vendor))
  })

  const withForeign = async ({ asForeign }: Vendor): Promise<Registry> => {
    await using file = await registryWith(section.registry, { issuers: { vendor: asForeign } })
    return (await loadRegistry(file.file)).registry
  }
  const signed = (token: string): string => {
    const found = vendor.tokens[token]
    if (found === undefined) throw new Error(`There is no example of: ${token}.`)
    return keys.sign(found, Math.floor(clock.nowMs() / 1_000))
  }
  const exchange = (token: string): Promise<unknown> =>
    verifyIdentityToken(signed(token), {
      providers: registry.tenants.get('acme')?.identityProviders ?? [],
      keys: { identityProviderKeys: () => [], publishedKeys: published() },
      audience: AUTHORITY,
      presents: registry.clients.get('payments-web')?.presents ?? [],
      clock,
      what: 'subject token',
    })
  const published = (): PublishedKeySets =>
    new PublishedKeySets({ fetch: keys.fetch, timer: clock, setsMax: 8, inForce: () => [] })
  const judge = async (token: string): Promise<unknown> => {
    const world = await edgeWorld(clock)
    world.map = foreign
    world.foreignSinceMs = clock.nowMs() - HOUR_MS
    world.tokenLifeMaxMs = LIFE_MAX_MS
    const edges = edgesIn(world)
    try {
      const options = { fetch: keys.fetch, keys: world.keys, tokenLifeMaxMs: LIFE_MAX_MS }
      const edge = await edges.live(options)
      const jwt = signed(token)
      await edge.verify(jwt)
      return await edge.decide({ token: jwt, require: { groups: ['payments-approvers'] } })
    } finally {
      await edges.closeAll()
    }
  }
  /** Compares an answer with its cell: `yes`, or a part of the rule of a refusal. */
  const asShown = async (
    cell: string,
    asking: Promise<unknown>,
    allowed: object,
  ): Promise<void> => {
    if (cell === 'yes') return expect(await asking).toMatchObject(allowed)
    const [, rule = 'no rule'] = /^no: `([^`]+)`$/.exec(cell) ?? []
    const message: unknown = expect.stringContaining(rule)
    await expect(asking).rejects.toMatchObject({ code: 'token.invalid', message })
  }

  it('shows lines that `freshet registry lint` accepts', async () => {
    await using file = await registryWith(section.registry)
    const shell = recordingShell()
    const code = await runCommand(['registry', 'lint', file.file], shell)
    expect([code, shell.written().err]).toEqual([0, expect.any(String)])
  })

  it('has a row for each kind of token that the vendor documents here', () => {
    expect(section.rows.map(({ token }) => token)).toEqual(Object.keys(vendor.tokens))
  })

  it.each(section.rows)('$token: exchanged by the authority: $exchanged', async (row) => {
    await asShown(row.exchanged, exchange(row.token), { iss: vendor.issuer })
  })

  it.each(section.rows)('$token: accepted by an edge: $accepted', async (row) => {
    await asShown(row.accepted, judge(row.token), { decision: 'allow' })
  })

  it('control: a token that another key signed is refused by both', async () => {
    const other = await keysOf(vendor)
    const [first] = Object.keys(vendor.tokens)
    const jwt = keys.sign
    keys = { ...keys, sign: other.sign }
    await expect(exchange(first ?? '')).rejects.toMatchObject({ code: 'token.invalid' })
    await expect(judge(first ?? '')).rejects.toMatchObject({ code: 'token.invalid' })
    keys = { ...keys, sign: jwt }
  })
})
