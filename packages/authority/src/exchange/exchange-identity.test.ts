import { UNTOUCHED_ACCOUNT, type MintSnapshot, type Tenant } from '@freshet/protocol'
import { generateKey, importJwks, importSigningKey } from '@freshet/wire'
import { ACME_IDP, acmeRegistry, ManualClock, NOTHING_PUBLISHED, signToken } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { exchangeOrder } from './exchange.ts'
import { TOKEN_EXCHANGE } from './exchange-request.ts'
import { mint, type IssuedToken, type MintDependencies } from '../mint/mint.ts'

const NOW = 1_795_514_400_000
const US = 'https://tokens.example'
const never = (): never => expect.unreachable()
const audience = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }
const client = {
  id: 'web',
  tenant: 'acme',
  secretHash: '',
  audiences: ['payments'],
  introspects: [],
}
const provider = { issuer: ACME_IDP, keys: 'idp.jwks.json', audiences: ['acme-web'] }
const recheck = { partitions: new Map(), watermarks: new Map(), denials: new Map() }

interface Case {
  /** Seconds from its issue until now, and from now to its end. */
  readonly agedS: number
  readonly leftS: number
  readonly maxLifeMs?: number
  readonly accountEndedMs?: number
}

/** Exchanges an ID token and mints for it, by a store with the end of alice's sessions. */
async function exchanged({ agedS, leftS, maxLifeMs, accountEndedMs }: Case): Promise<IssuedToken> {
  const [idp, ours] = await Promise.all(['idp-1', 'k1'].map((kid) => generateKey('ES256', kid)))
  if (idp === undefined || ours === undefined) throw new Error('no keys')
  const clock = new ManualClock(NOW)
  const long = { ...provider, ...(maxLifeMs !== undefined && { maxLifeMs }) }
  const tenant: Tenant = { id: 'acme', identityProviders: [long] }
  const audiences = new Map([['payments', audience]])
  const registry = acmeRegistry({ tenants: new Map([['acme', tenant]]), audiences })
  const loaded = { registry, hash: 'ab' }
  const [iat, exp] = [NOW / 1_000 - agedS, NOW / 1_000 + leftS]
  const body = { iss: ACME_IDP, sub: 'alice', aud: 'acme-web', azp: 'acme-web', iat, exp }
  const head = { typ: 'JWT', alg: 'ES256', kid: 'idp-1' }
  const form = new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    subject_token: signToken(head, body, importSigningKey(idp.privateJwk)),
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    audience: 'payments',
  })
  const keys = importJwks({ keys: [idp.publicJwk] })
  const own = { validation: { recheckToValidate: never } } as never
  const trusted = { identityProviderKeys: () => keys, publishedKeys: NOTHING_PUBLISHED }
  const terms = { loaded, issuer: US, clock, own, ...trusted }
  const order = await exchangeOrder(form, { ...client, presents: ['acme-web'] }, terms)
  const store = {
    snapshot: () => Promise.resolve(known(accountEndedMs)),
    recordAndRecheck: () => Promise.resolve(recheck),
    withhold: never,
  }
  const signing = importSigningKey(ours.privateJwk)
  const deps: MintDependencies = {
    store,
    clock,
    loaded,
    issuer: US,
    randomId: () => 'j1',
    keys: () => [signing],
  }
  return mint(order, deps)
}

function known(accountEndedMs: number | undefined): MintSnapshot {
  const throughMs = new Map(['hr', 'iga', 'security'].map((source) => [source, NOW]))
  const partition = { e: 1n, nextOffset: 5n, activePv: 1, activeHash: 'ab', throughMs }
  const ended = accountEndedMs === undefined ? {} : { accountEndedMs }
  const party = { partition, known: true, account: UNTOUCHED_ACCOUNT, ...ended }
  const unsaid = { claims: new Map(), doubts: new Set<string>(), withdrawn: new Map() }
  return { ...unsaid, control: partition, parties: [party], denied: [] }
}

const hour = { maxLifeMs: 3_600_000 }

it('what is minted for a long-lived ID token ends with it at the latest', async () => {
  const { expMs } = await exchanged({ ...hour, agedS: 3_540, leftS: 60 })
  expect(expMs).toBe(NOW + 60_000)
  // Control: with more left of it, the audience decides; so it does for one without a long life.
  expect((await exchanged({ ...hour, agedS: 60, leftS: 3_540 })).expMs).toBe(NOW + 300_000)
  expect((await exchanged({ agedS: 0, leftS: 60 })).expMs).toBe(NOW + 300_000)
})

it('nothing is minted for a long-lived ID token once sessions of its subject ended', async () => {
  const token = { ...hour, agedS: 600, leftS: 3_000 }
  const refused = {
    code: 'grant.invalid',
    message: expect.stringMatching(/Log in again/) as string,
  }
  const after = exchanged({ ...token, accountEndedMs: NOW - 300_000 })
  await expect(after).rejects.toMatchObject(refused)
  // Control: what ended before it was issued, or never, leaves it in force.
  expect((await exchanged({ ...token, accountEndedMs: NOW - 900_000 })).jti).toBe('j1')
  expect((await exchanged(token)).jti).toBe('j1')
})
