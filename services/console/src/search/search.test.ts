import type { FoundJson, SearchAnswer } from '@freshet/insight/answers'
import {
  MemoryDatabase,
  memoryAuditReader,
  memoryEvidenceStore,
  memoryMintStore,
  memoryObservatoryStore,
  memoryQuarantineStore,
} from '@freshet/memory'
import { createObservatory, type ObservatoryStore } from '@freshet/insight'
import { subjectKey } from '@freshet/protocol'
import { acmeRegistry, ALICE, loggedChange, ManualClock, mintedToken } from '@freshet/testkit'
import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { matching, namesOf } from './found-names.ts'
import { addSearchRoute } from './search-route.ts'

const NOW = 1_700_000_000_000
const ASKS_NOTHING = {
  tenant: 'acme',
  sources: [],
  partitions: [],
  scopeKeys: [],
  denialKeys: [],
} as const

describe('the search', () => {
  let database: MemoryDatabase
  let store: ObservatoryStore
  let isAway: boolean
  beforeEach(async () => {
    const clock = new ManualClock(NOW)
    database = new MemoryDatabase()
    store = memoryObservatoryStore(database, clock)
    isAway = false
    const change = loggedChange({ id: 'hr-1', subject: subjectKey(ALICE), appliedAtMs: NOW })
    const key = JSON.stringify([change.tenant, change.source, change.id, change.partition])
    database.changeLog.set(key, { ...change, outcome: 'applied', contentHash: 'h' })
    const minted = mintedToken('jti-1', { claims: new Map([['groups', ['staff']]]) })
    await memoryMintStore(database).recordAndLook({ ...minted, present: ['groups'] }, ASKS_NOTHING)
  })

  async function search(
    q: string,
    role: 'viewer' | 'operator' = 'operator',
  ): Promise<SearchAnswer> {
    const clock = new ManualClock(NOW)
    const observatory = createObservatory({ store, clock })
    const away = (): Promise<never> => Promise.reject(new Error('away'))
    const app = new Hono<{ Variables: { admitted: object } }>()
    app.use((c, next) => {
      c.set('admitted', { admin: { name: 'a', role, hash: '' } })
      return next()
    })
    addSearchRoute(app as unknown as Hono, {
      observatory: isAway ? { ...observatory, change: away } : observatory,
      evidence: memoryEvidenceStore(database),
      quarantine: memoryQuarantineStore(database),
      auditReader: {
        ...memoryAuditReader(database),
        latest: async ({ ref }) => (ref === 'policy-7' ? [{} as never] : []),
      },
      loaded: () => ({ registry: acmeRegistry(), hash: 'h' }),
    })
    const answer = await app.request(`/v1/search?${new URLSearchParams({ q }).toString()}`)
    return (await answer.json()) as SearchAnswer
  }
  const kinds = (items: readonly FoundJson[]): readonly string[] => items.map(({ kind }) => kind)

  it('finds a record by its whole id', async () => {
    expect((await search('hr-1')).items).toMatchObject([
      { kind: 'change', id: 'hr-1', tenant: 'acme' },
    ])
    expect(kinds((await search('jti-1')).items)).toEqual(['token'])
    expect((await search(ALICE.sub)).items).toMatchObject([
      { kind: 'subject', id: ALICE.sub, tenant: ALICE.tenant, iss: ALICE.iss },
    ])
    expect((await search('hr-')).items).toEqual([])
  })

  it('finds entries of the audit for operators alone', async () => {
    expect(kinds((await search('policy-7')).items)).toEqual(['audit'])
    expect(await search('policy-7', 'viewer')).toMatchObject({ items: [], unanswered: [] })
  })

  it('finds a name of the registry by a part of it', async () => {
    const { items } = await search('gro')
    expect(items).toMatchObject([{ kind: 'claim', id: 'groups' }])
  })

  it('reports the kinds that did not answer: then nothing found means nothing', async () => {
    isAway = true
    expect(await search('hr-1')).toMatchObject({ items: [], unanswered: ['change'] })
  })

  it('refuses a search for nothing, and for more than a name', async () => {
    for (const q of ['', '  ', 'x'.repeat(257)]) {
      await expect(search(q)).rejects.toThrow(/JSON/)
    }
  })
})

describe('names that match', () => {
  it('are the whole name, then those that begin with the text, then the shorter ones', () => {
    const names = ['payments-web', 'web', 'webhooks', 'my-web'].map((id) => ({
      kind: 'client' as const,
      id,
      note: 'client',
    }))
    const found = matching(names, 'WEB', 3).map(({ id }) => id)
    expect(found).toEqual(['web', 'webhooks', 'my-web'])
  })

  it('come from every part of the registry that has names', () => {
    const audience = { name: 'payments', claims: ['groups'], routes: new Map() }
    const named = namesOf({
      ...acmeRegistry(),
      audiences: new Map([['payments', audience as never]]),
      clients: new Map([['web', { id: 'web' } as never]]),
    })
    const kinds = new Set(named.map(({ kind }) => kind))
    expect([...kinds].toSorted()).toEqual(['audience', 'claim', 'client', 'source'])
  })
})
