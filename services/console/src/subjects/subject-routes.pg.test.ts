import {
  EMPTY_CLAIM,
  mergeStatement,
  UNTOUCHED_ACCOUNT,
  subjectKey,
  type Claim,
  type MintSnapshot,
  type PartitionSnapshot,
} from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { acmeRegistry, ALICE, loggedChange, ManualClock } from '@freshet/testkit'
import type { AuditEntry } from '@freshet/wire'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { READS_JOINED_MS } from './value-reads.ts'
import { consoleOn, type ConsoleAnswer } from '../../../../test/setup/console-on-postgres.ts'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { plantRow } from '../../../../test/setup/plant-row.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'

interface Named {
  readonly claim: string
}

const ROLES = ['viewer', 'operator'] as const
const query = new URLSearchParams({ tenant: ALICE.tenant, iss: ALICE.iss }).toString()
const SECRET = 'payments-approvers'
const version = { epoch: 0n, n: 1_764_000_000_120n }

const audienceOf = (name: string, ...claims: string[]) =>
  [name, { name, claims, ttlMs: 300_000, routes: new Map() }] as const
const AUDIENCES = new Map([
  audienceOf('payments', 'groups'),
  audienceOf('doubtful', 'groups', 'entitlements'),
])

/** The claims of acme, and one of probes. */
const CLAIMS = new Map([
  ...acmeRegistry().claims,
  ['probe', { ...claimOfHr(), name: 'probe', source: PROBE_NAME }],
])
function claimOfHr(): Claim {
  const claim = acmeRegistry().claims.get('groups')
  if (claim === undefined) throw new Error('acme has no claim groups')
  return claim
}

let entries: AuditEntry[]
let isDisabled: boolean
let isAuditDown: boolean
let clock: ManualClock
let database: FreshDatabase
let ask: (path: string, role?: (typeof ROLES)[number]) => Promise<ConsoleAnswer>

beforeAll(async () => {
  database = await freshDatabase()
  const { db } = database
  const subject = subjectKey(ALICE)
  const changed = { lost: [SECRET], gained: ['staff'], lostCount: 1, gainedCount: 1 }
  const logged = [
    loggedChange({ id: 'c-groups', subject, op: 'set', occurredAtMs: 1_000, changed }),
    loggedChange({ id: 'c-off', subject, kind: 'account', claim: null, op: 'disabled' }),
  ]
  for (const row of logged) await seedChange(db, row)
  await plantRow({ db }, 'progress', { partition: 3, e: 1n, next_offset: 9n })
})
afterAll(() => database.drop())

beforeEach(() => {
  entries = []
  isAuditDown = false
  isDisabled = true
  clock = new ManualClock()
  const loaded = { registry: acmeRegistry({ audiences: AUDIENCES, claims: CLAIMS }), hash: 'h' }
  const opened = consoleOn(database, clock, {
    loaded: () => loaded,
    subjects: { snapshot: async () => snapshotAt(clock.nowMs()) },
    audit: {
      append: async (more: readonly AuditEntry[]) => {
        if (isAuditDown) throw new Error('the database does not answer')
        entries.push(...more)
      },
    },
  })
  ask = (path, role = 'operator') => opened.ask(path, role)
})

function snapshotAt(nowMs: number): MintSnapshot {
  const throughMs = new Map(['hr', 'iga', 'security'].map((source) => [source, nowMs - 100]))
  const partition: PartitionSnapshot = {
    e: 1n,
    nextOffset: 9n,
    activePv: 1,
    activeHash: 'h',
    throughMs,
  }
  const state = mergeStatement(EMPTY_CLAIM, { op: 'set', values: [SECRET, 'staff'], version })
  const accountState = isDisabled ? 'disabled' : 'enabled'
  const account = { ...UNTOUCHED_ACCOUNT, state: accountState, source: 'hr', version } as const
  return {
    control: partition,
    parties: [{ partition, known: true, account }],
    claims: new Map([['groups', { source: 'hr', state }]]),
    doubts: new Set(['entitlements']),
    withdrawn: new Map(),
    denied: [],
  }
}

describe('the values of a change', () => {
  const PATHS = ['/v1/changes/c-groups', '/v1/changes', `/v1/subjects/${ALICE.sub}?${query}`]

  it.each(PATHS)('%s shows them to operators, and their number to viewers', async (path) => {
    const shown = await ask(path)
    expect(JSON.stringify(shown.body)).toContain(`"lost":["${SECRET}"]`)
    const masked = JSON.stringify((await ask(path, 'viewer')).body)
    expect(masked).not.toContain(SECRET)
    expect(masked).toContain('"lost":null,"gained":null,"lostCount":1')
  })

  it.each(PATHS)(
    '%s records the first read of an admin, and repeats of a page once',
    async (path) => {
      await ask(path, 'viewer')
      expect(entries).toEqual([])
      await ask(path)
      await ask(path)
      expect(entries).toHaveLength(1)
      await clock.advance(READS_JOINED_MS)
      await ask(path)
      expect(entries).toHaveLength(2)
      expect(JSON.stringify(entries)).not.toMatch(/alice|approvers/)
    },
  )

  it('are shown to nobody while the audit cannot record the read', async () => {
    isAuditDown = true
    expect((await ask('/v1/changes/c-groups')).status).toBe(500)
    // Control: a change without values is shown.
    expect((await ask('/v1/changes/c-off')).status).toBe(200)
  })
})

describe('GET /v1/subjects/{sub}/preview', () => {
  const previewFor = (audience: string, role?: 'viewer' | 'operator') =>
    ask(`/v1/subjects/${ALICE.sub}/preview?${query}&audience=${audience}`, role)

  it('has the claims that a token would have, and issues nothing', async () => {
    isDisabled = false
    const { body } = await previewFor('payments')
    expect(body).toMatchObject({
      outcome: 'minted',
      refusal: null,
      policyVersion: 1,
      expiresAt: new Date(clock.nowMs() + 300_000).toISOString(),
      claims: [
        {
          claim: 'groups',
          values: [SECRET, 'staff'],
          isCarried: true,
          omitted: null,
          status: 'verified',
        },
      ],
    })
  })

  it('has the reason of the authority where nothing would be minted', async () => {
    expect((await previewFor('payments')).body).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'grant.invalid' },
      claims: [{ claim: 'groups', isCarried: false }],
    })
    isDisabled = false
    expect((await previewFor('doubtful')).body).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'mint.doubtful' },
      claims: [{ claim: 'groups' }, { claim: 'entitlements', status: 'doubt' }],
    })
  })

  it('is for actors and scopes, too, by the rules of a mint', async () => {
    isDisabled = false
    const refused = async (more: string) => (await previewFor(`payments${more}`)).body
    expect(await refused('&scope=approve')).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'grant.scope' },
    })
    expect(await refused('&actor=bob&actor=alice')).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'grant.cycle' },
    })
    expect(await refused('&actor=a&actor=b&actor=c&actor=d&actor=e')).toMatchObject({
      refusal: { code: 'grant.too-deep' },
    })
  })

  it('is for operators, and in the audit with its audience', async () => {
    expect((await previewFor('payments', 'viewer')).status).toBe(403)
    expect(entries).toEqual([])
    expect((await previewFor('payments')).status).toBe(200)
    const detail = { answer: 'preview', audience: 'payments' }
    expect(entries).toMatchObject([{ kind: 'subject-read', by: 'operator', detail }])
  })

  it('is 404 for an audience that the registry does not have', async () => {
    expect((await previewFor('shoes')).status).toBe(404)
  })
})

describe('GET /v1/subjects/{sub}/state', () => {
  const path = `/v1/subjects/${ALICE.sub}/state?${query}`

  it('shows an operator the values of each claim with source, version and status, and the account', async () => {
    const { status, body } = await ask(path)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      subject: { sub: ALICE.sub },
      known: true,
      account: {
        state: 'disabled',
        source: 'hr',
        change: 'c-off',
        since: '1970-01-01T00:00:00.100Z',
      },
    })
    const claims = body['claims'] as readonly Named[]
    expect(claims.find(({ claim }) => claim === 'groups')).toMatchObject({
      values: [SECRET, 'staff'],
      count: 2,
      status: 'verified',
      statements: [
        {
          source: 'hr',
          version: '1764000000120',
          change: 'c-groups',
          occurredAt: '1970-01-01T00:00:01.000Z',
        },
      ],
    })
    expect(claims.find(({ claim }) => claim === 'entitlements')).toMatchObject({
      status: 'doubt',
      values: [],
    })
  })

  it('leaves out a claim whose source sends nothing in the tenant, and shows it on request', async () => {
    const named = async (target = path): Promise<readonly string[]> => {
      const { claims } = (await ask(target)).body as { claims: readonly Named[] }
      return claims.map(({ claim }) => claim)
    }
    const own = await named()
    expect([own.includes('groups'), own.includes('probe')]).toEqual([true, false])
    expect(await named(`${path}&probes=true`)).toEqual(expect.arrayContaining([...own, 'probe']))
    // Control: in the tenant of probes, the claim has a source.
    const ofProbes = path.replace(`tenant=${ALICE.tenant}`, `tenant=${PROBE_NAME}`)
    expect(await named(ofProbes)).toContain('probe')
  })

  it('shows a viewer the number of values, and neither a value nor the name', async () => {
    const { status, body } = await ask(path, 'viewer')
    expect(status).toBe(200)
    expect(JSON.stringify(body)).not.toContain(SECRET)
    expect(body).toMatchObject({ subject: { sub: null } })
    const claims = body['claims'] as readonly Named[]
    expect(claims.find(({ claim }) => claim === 'groups')).toMatchObject({ values: null, count: 2 })
    // Control: the same answer to an operator has the value.
    expect(JSON.stringify((await ask(path)).body)).toContain(SECRET)
  })

  it('records each read of values in the audit, without the name and the values', async () => {
    await ask(path, 'viewer')
    expect(entries).toEqual([])
    await ask(path)
    await ask(path)
    expect(entries).toHaveLength(2)
    expect(entries[0]).toMatchObject({
      kind: 'subject-read',
      tenant: ALICE.tenant,
      by: 'operator',
      detail: { answer: 'state' },
    })
    expect(entries[0]?.ref).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(JSON.stringify(entries)).not.toMatch(/alice|approvers/)
  })

  it('shows no value while the audit cannot record the read', async () => {
    isAuditDown = true
    const { status, body } = await ask(path)
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain(SECRET)
    expect((await ask(path, 'viewer')).status).toBe(200)
  })

  it('needs tenant and issuer: sub alone names no subject', async () => {
    expect((await ask(`/v1/subjects/${ALICE.sub}/state`)).status).toBe(400)
  })
})

describe('GET /v1/changes', () => {
  const ids = async (filter: string, role: (typeof ROLES)[number] = 'viewer') => {
    const { body } = await ask(`/v1/changes?${filter}`, role)
    return (body['items'] as readonly { readonly id: string }[]).map(({ id }) => id).toSorted()
  }

  it('filters by tenant, source, outcome and time', async () => {
    const all = ['c-groups', 'c-off']
    for (const filter of [
      '',
      'tenant=acme',
      'source=hr&outcome=applied&since=1970-01-01T00:00:00Z',
    ])
      expect(await ids(filter)).toEqual(all)
    for (const filter of ['tenant=x', 'source=iga', 'outcome=late', 'since=2100-01-01T00:00:00Z'])
      expect(await ids(filter)).toEqual([])
    expect((await ask('/v1/changes?outcome=foo')).status).toBe(400)
  })

  it('filters by subject for an operator, and refuses that to a viewer', async () => {
    expect(await ids(`subject=${ALICE.sub}`, 'operator')).toEqual(['c-groups', 'c-off'])
    expect(await ids('subject=bob', 'operator')).toEqual([])
    const refused = await ask(`/v1/changes?subject=${ALICE.sub}`, 'viewer')
    expect(refused).toMatchObject({ status: 403, body: { code: 'request.forbidden' } })
  })
})
