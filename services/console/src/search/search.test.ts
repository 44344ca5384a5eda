import type { FoundJson, SearchAnswer } from '@freshet/insight/answers'
import {
  MemoryDatabase,
  memoryMintStore,
  memoryObservatoryStore,
  memoryPrefixStore,
} from '@freshet/memory'
import { createObservatory, type ObservatoryStore } from '@freshet/insight'
import { EMPTY_CLAIM, subjectKey } from '@freshet/protocol'
import { acmeRegistry, ALICE, loggedChange, ManualClock, mintedToken } from '@freshet/testkit'
import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { bestFound, matching, namesOf } from './found-names.ts'
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
    await memoryMintStore(database).recordAndRecheck(
      { ...minted, present: ['groups'] },
      ASKS_NOTHING,
    )
    const held = { claim: 'groups', source: 'hr', partition: 3, state: EMPTY_CLAIM }
    for (const sub of [ALICE.sub, 'alina'])
      database.claimStates.set(sub, { ...held, subject: { ...ALICE, sub } })
    database.auditEntries.set('1', { ref: 'policy-7' } as never)
  })

  async function search(
    q: string,
    role: 'viewer' | 'operator' = 'operator',
  ): Promise<SearchAnswer> {
    const clock = new ManualClock(NOW)
    const observatory = createObservatory({ store, clock })
    const prefixes = memoryPrefixStore(database)
    const away = (): Promise<never> => Promise.reject(new Error('away'))
    const app = new Hono<{ Variables: { admitted: object } }>()
    app.use((c, next) => {
      c.set('admitted', { admin: { name: 'a', role, hash: '' } })
      return next()
    })
    addSearchRoute(app as unknown as Hono, {
      observatory,
      prefixes: isAway ? { ...prefixes, changes: away } : prefixes,
      loaded: () => ({ registry: acmeRegistry(), hash: 'h' }),
    })
    const answer = await app.request(`/v1/search?${new URLSearchParams({ q }).toString()}`)
    return (await answer.json()) as SearchAnswer
  }
  const kinds = (items: readonly FoundJson[]): readonly string[] => items.map(({ kind }) => kind)

  it('finds a record by the beginning of its id', async () => {
    for (const text of ['hr-1', 'hr-', 'h'])
      expect((await search(text)).items).toContainEqual(
        expect.objectContaining({ kind: 'change', id: 'hr-1', tenant: 'acme' }),
      )
    expect(kinds((await search('jti-')).items)).toEqual(['token'])
    expect((await search('r-1')).items).toEqual([])
  })

  it('finds subjects by the beginning of their names for operators, and by the whole name for viewers', async () => {
    const named = async (text: string, role: 'viewer' | 'operator') =>
      (await search(text, role)).items.map(({ kind, id }) => `${kind} ${id}`)
    expect(await named('ali', 'operator')).toEqual([`subject ${ALICE.sub}`, 'subject alina'])
    expect(await named('ali', 'viewer')).toEqual([])
    expect((await search(ALICE.sub, 'viewer')).items).toMatchObject([
      { kind: 'subject', id: ALICE.sub, tenant: ALICE.tenant, iss: ALICE.iss },
    ])
  })

  it('finds entries of the audit for operators alone', async () => {
    expect(kinds((await search('policy-')).items)).toEqual(['audit'])
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

describe('the best finds', () => {
  const found = (kind: FoundJson['kind'], ids: readonly string[]) =>
    ids.map((id): FoundJson => ({ kind, id, tenant: null, iss: null, note: '' }))
  const many = [...found('claim', ['a1', 'a2', 'a3']), ...found('change', ['a', 'a4'])]

  it('begin with the whole name', () => {
    expect(bestFound(many, 'A', 9).map(({ id }) => id)).toEqual(['a', 'a1', 'a2', 'a3', 'a4'])
  })

  it('have finds of each kind, however many one kind has', () => {
    expect(bestFound(many, 'x', 2).map(({ id }) => id)).toEqual(['a1', 'a'])
    expect(bestFound(many, 'x', 4).map(({ id }) => id)).toEqual(['a1', 'a2', 'a', 'a4'])
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
