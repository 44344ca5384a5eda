import type { FoundJson, SearchAnswer } from '@freshet/insight/answers'
import { subjectKey } from '@freshet/protocol'
import { acmeRegistry, ALICE, loggedChange, ManualClock } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consoleOn, consoleStores } from '../../../../test/setup/console-on-postgres.ts'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { plantRow } from '../../../../test/setup/plant-row.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'
import { bestFound, matching, namesOf } from './search-route.ts'

const NOW = 1_700_000_000_000

describe('the search', () => {
  let database: FreshDatabase
  beforeAll(async () => {
    database = await freshDatabase()
    const { db } = database
    await seedChange(db, loggedChange({ id: 'hr-1', subject: subjectKey(ALICE), appliedAtMs: NOW }))
    await plantRow({ db }, 'issuance', { jti: 'jti-1', tenant: 'acme', audience: 'payments' })
    for (const sub of [ALICE.sub, 'alina']) {
      const claim = { subject: subjectKey({ ...ALICE, sub }), claim: 'groups', source: 'hr' }
      await plantRow({ db }, 'claim_state', { ...claim, tenant: 'acme', partition: 3 })
    }
    await plantRow({ db }, 'audit_entry', { stream: 'control', n: 1n, ref: 'policy-7' })
  })
  afterAll(() => database.drop())

  async function search(
    q: string,
    role: 'viewer' | 'operator' = 'operator',
    isAway = false,
  ): Promise<SearchAnswer> {
    const away = (): Promise<never> => Promise.reject(new Error('away'))
    const { prefixes } = consoleStores(database)
    const more = isAway ? { prefixes: { ...prefixes, changes: away } } : {}
    const { ask } = consoleOn(database, new ManualClock(NOW), more)
    const { status, body } = await ask(`/v1/search?${new URLSearchParams({ q }).toString()}`, role)
    expect(status).toBe(200)
    return body as unknown as SearchAnswer
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
    const answer = await search('hr-1', 'operator', true)
    expect(answer).toMatchObject({ items: [], unanswered: ['change'] })
  })

  it('refuses a search for nothing, and for more than a name', async () => {
    const { ask } = consoleOn(database, new ManualClock(NOW))
    for (const q of ['', '  ', 'x'.repeat(257)])
      expect(
        await ask(`/v1/search?${new URLSearchParams({ q }).toString()}`, 'operator'),
      ).toMatchObject({ status: 400, body: { code: 'request.malformed' } })
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
