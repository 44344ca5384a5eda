import { denialKey, partitionOf, scopeKey, type JudgedToken, type Scope } from '@freshet/protocol'
import {
  acmeRegistry,
  JUDGED,
  judgedToken,
  liveRecheck,
  livePartition,
  ManualClock,
} from '@freshet/testkit'
import {
  generateKey,
  importJwks,
  importSigningKey,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accessTokenPayload, signAccessToken } from '../mint/mint.ts'
import type { RecheckAnswer, RecheckQuery } from '../mint/mint-store.ts'
import {
  explainToken,
  judgeToken,
  type JudgeDependencies,
  type LedgerToken,
} from './judge-token.ts'

const { atMs: NOW, issuer: US, subject: alice, cause } = JUDGED
const registry = acmeRegistry({ version: 3 })

const token = judgedToken({
  claims: new Map([
    ['groups', ['a']],
    ['department', []],
  ]),
})
const row: LedgerToken = {
  token,
  audience: 'payments',
  iatMs: NOW,
  expMs: NOW + 300_000,
  mark: undefined,
}

const raised = (scope: Scope, offset: bigint): RecheckAnswer =>
  liveRecheck({
    watermarks: new Map([[scopeKey(scope), { position: { e: 1n, offset }, ...cause }]]),
  })

let key: SigningKey
let keys: readonly VerifyKey[]
beforeAll(async () => {
  const made = await generateKey('ES256', 'k1')
  key = importSigningKey(made.privateJwk)
  keys = importJwks({ keys: [made.publicJwk] })
})

let answer: RecheckAnswer
let lastQuery: RecheckQuery | undefined
let found: LedgerToken | undefined
let deps: JudgeDependencies
beforeEach(() => {
  answer = liveRecheck()
  lastQuery = undefined
  found = row
  deps = {
    ledger: {
      find: (jti) => Promise.resolve(jti === 'j1' ? found : undefined),
      recheck: (query) => {
        lastQuery = query
        return Promise.resolve(answer)
      },
    },
    clock: new ManualClock(NOW),
    loaded: { registry, hash: 'ab' },
    issuer: US,
    keys,
  }
})
const jwt = (more: Partial<JudgedToken> = {}): string => {
  const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000 }
  return signAccessToken(accessTokenPayload({ ...token, ...more }, terms, registry), key)
}

describe('judgeToken', () => {
  it('finds a token fresh by watermarks and live sources', async () => {
    const verdicts = await judgeToken(token, deps)
    expect([...verdicts]).toEqual([
      ['groups', { kind: 'fresh' }],
      ['department', { kind: 'fresh' }],
    ])
  })

  it('finds the claim that a change took away, and names the change', async () => {
    answer = raised({ kind: 'subject', subject: alice, claim: 'groups' }, 11n)
    const verdicts = await judgeToken(token, deps)
    expect(verdicts.get('groups')).toEqual({ kind: 'stale', reason: 'claim-changed', change: 'c9' })
    expect(verdicts.get('department')).toEqual({ kind: 'fresh' })
  })

  it('decides by watermarks in spite of the marks (rule 22)', async () => {
    found = { ...row, mark: { atMs: NOW, reason: 'claim-changed', ...cause } }
    expect((await explainToken('j1', deps))?.verdicts.get('groups')).toEqual({ kind: 'fresh' })
    found = row
    answer = raised({ kind: 'account', subject: alice }, 6n)
    expect((await explainToken('j1', deps))?.verdicts.get('groups')).toMatchObject({
      kind: 'stale',
    })
  })

  it.each([partitionOf(alice), 0])(
    'needs the lease of its own sources in partition %i (rule 22)',
    async (silent) => {
      const quiet = livePartition({ throughMs: new Map([['hr', NOW - 5_001]]) })
      answer = liveRecheck({ partitions: new Map(liveRecheck().partitions).set(silent, quiet) })
      const verdict = (await judgeToken(token, deps)).get('groups')
      expect(verdict).toEqual({ kind: 'unverified', source: 'hr', sinceMs: NOW - 5_001 })
    },
  )

  it('calls nothing fresh while another version is active (rule 21)', async () => {
    const other = livePartition({ activeHash: 'cd' })
    answer = liveRecheck({ partitions: new Map(liveRecheck().partitions).set(0, other) })
    const verdict = (await judgeToken(token, deps)).get('groups')
    expect(verdict).toEqual({ kind: 'unverified', source: 'freshet' })
  })

  it('reads every scope, denial and source that could take the token away (rule 24)', async () => {
    const robot = { ...alice, sub: 'robot' }
    const parties = [...token.parties, { subject: robot, label: { e: 1n, s: 1n, c: 5n } }] as const
    await judgeToken({ ...token, parties, sid: 's1' }, deps)
    const scopes: readonly Scope[] = [
      { kind: 'subject', subject: alice, claim: 'groups' },
      { kind: 'account', subject: robot },
      { kind: 'value', tenant: 'acme', claim: 'groups', value: 'a' },
      { kind: 'tenant', tenant: 'acme' },
      { kind: 'client', tenant: 'acme', client: 'web' },
    ]
    expect(lastQuery?.scopeKeys).toEqual(expect.arrayContaining(scopes.map(scopeKey)))
    const shown: Scope = { kind: 'subject', subject: alice, claim: 'department' }
    expect(lastQuery?.scopeKeys).not.toContain(scopeKey(shown))
    const session = { tenant: 'acme', kind: 'session', id: 's1' } as const
    expect(lastQuery?.denialKeys).toContain(denialKey(session))
    expect(lastQuery?.denialKeys).toHaveLength(4)
    expect([...(lastQuery?.sources ?? [])].sort()).toEqual(['hr', 'security'])
  })
})

describe('explainToken', () => {
  it('explains a token given whole, with the row of the ledger', async () => {
    const explained = await explainToken(jwt(), deps)
    expect(explained).toMatchObject({ expired: false, ledger: row })
    expect([...(explained?.verdicts.keys() ?? [])].sort()).toEqual(['department', 'groups'])
  })

  it('explains a token that the ledger never knew, by its own content', async () => {
    found = undefined
    answer = raised({ kind: 'tenant', tenant: 'acme' }, 6n)
    const explained = await explainToken(jwt(), deps)
    expect(explained?.ledger).toBeUndefined()
    expect(explained?.verdicts.get('groups')).toMatchObject({ reason: 'tenant-cut-off' })
  })

  it('judges the label that the token shows, not the one of the ledger', async () => {
    answer = raised({ kind: 'subject', subject: alice, claim: 'groups' }, 10n)
    const older = [{ subject: alice, label: { e: 1n, s: 9n, c: 5n } }] as const
    const explained = await explainToken(jwt({ parties: older }), deps)
    expect(explained?.verdicts.get('groups')).toMatchObject({ kind: 'stale' })
  })

  it('reports that a token has expired, and explains it all the same', async () => {
    found = { ...row, expMs: NOW }
    expect(await explainToken('j1', deps)).toMatchObject({ expired: true })
  })

  it('does not know an id that was never minted', async () => {
    expect(await explainToken('nobody', deps)).toBeUndefined()
  })

  it('refuses a token of others', async () => {
    const strange = importSigningKey((await generateKey('ES256', 'k1')).privateJwk)
    const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000 }
    const forged = signAccessToken(accessTokenPayload(token, terms, registry), strange)
    for (const bad of [forged, jwt({ issuer: 'https://other.example' }), 'a.b.c']) {
      await expect(explainToken(bad, deps)).rejects.toMatchObject({ code: 'token.invalid' })
    }
  })
})
