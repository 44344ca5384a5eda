import { createHash } from 'node:crypto'
import {
  encodeChange,
  quarantinedIdOf,
  quarantineRecord,
  QUARANTINE_TOPIC,
  type AuditEntry,
  type LogReader,
} from '@freshet/wire'
import { errorCodes, subjectKey } from '@freshet/protocol'
import { MemoryDatabase, memoryQuarantineStore } from '@freshet/memory'
import type { QuarantinedRecord } from '@freshet/reconciler'
import { adminTokenHash, Attempts, createLogger } from '@freshet/runtime'
import { ALICE, hrChange, ManualClock } from '@freshet/testkit'
import type { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { admission } from '../admission/admission.ts'
import { addQuarantineRoutes, meaningOf } from './quarantine-routes.ts'
import { conforming } from '../../../../test/setup/conforming-app.ts'
import { addOpenApi } from '../openapi.ts'
import { routesApp } from '../../../../test/setup/routes-app.ts'

const SECRET = 'value-that-nobody-lists'
const found = {
  ...encodeChange(
    hrChange(1n, {
      op: 'add',
      values: [SECRET],
    }),
  ),
  topic: 'freshet.changes.v1',
  partition: 3,
  offset: 41n,
  appendedAtMs: 1e3,
}
const ID = quarantinedIdOf(found)
const place = { e: 1n, offset: 41n, atMs: 1_000 }
const row: QuarantinedRecord = {
  id: ID,
  topic: found.topic,
  partition: 3,
  first: place,
  last: place,
  arrivals: 2,
  code: 'event.malformed',
  rule: '/data/op is not one',
  tenant: 'acme',
  source: 'hr',
  change: 'hr-1',
  bytes: 300,
  stands: {
    partition: 3,
    offset: 0n,
  },
  state: 'open',
  replays: 0,
  sent: null,
  outcome: null,
  decided: null,
}

let database: MemoryDatabase
let app: Hono
let read: LogReader['read']
let entries: AuditEntry[]
let isAuditDown: boolean
beforeEach(() => {
  entries = []
  isAuditDown = false
  const bytes = quarantineRecord(found, { code: row.code, rule: row.rule })
  const at = { topic: QUARANTINE_TOPIC, partition: 3, offset: 0n, appendedAtMs: 1_000 }
  read = async () => [{ ...bytes, ...at }]
  database = new MemoryDatabase()
  database.quarantine.set(ID, row)
  database.doubts.set('one', {
    subject: ALICE,
    claim: 'groups',
    e: 1n,
    partition: 3,
    offset: 41n,
    raised: true,
    settled: false,
  })
  const clock = new ManualClock()
  const logger = createLogger('console', 'silent')
  app = routesApp({
    logger,
    clock,
  })
  conforming(app, addOpenApi)
  const admins = (['viewer', 'operator'] as const).map((role) => {
    return { name: role, role, hash: adminTokenHash(role) }
  })
  const attempts = new Attempts({
    guessed: 'admin token',
    clock,
    logger,
    audit: { append: async () => {} },
  })
  app.use('/v1/*', admission({ admins, attempts }))
  addQuarantineRoutes(app, {
    quarantine: memoryQuarantineStore(database),
    reader: { read: (...args) => read(...args) },
    logger,
    clock,
    audit: {
      append: async (more) => {
        if (isAuditDown) throw new Error('the database does not answer')
        entries.push(...more)
      },
    },
  })
})

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function ask(path: string, token = 'viewer') {
  const headers = { authorization: `Bearer ${token}` }
  const response = await app.request(`/v1/quarantine${path}`, { headers })
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text) as Record<string, unknown>, text }
}

describe('GET /v1/quarantine', () => {
  it('lists what waits, with reason, place and counts, and without any content', async () => {
    const { status, body, text } = await ask('')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      apiVersion: 'freshet.dev/v1',
      items: [
        {
          id: ID,
          state: 'open',
          reason: 'event.malformed',
          rule: '/data/op is not one',
          proven: true,
          source: 'hr',
          tenant: 'acme',
          partition: 3,
          first: { e: '1', offset: '41', at: '1970-01-01T00:00:01.000Z' },
          arrivals: 2,
          replays: 0,
          decided: null,
        },
      ],
      next: null,
      counts: [{ reason: 'event.malformed', state: 'open', records: 1 }],
    })
    expect(text).not.toContain(SECRET)
  })

  it('goes on behind the last of a page', async () => {
    const later = { ...row, id: `3-${'b'.repeat(22)}`, first: { ...place, atMs: 2_000 } }
    database.quarantine.set(later.id, later)
    const { body } = await ask('?limit=1')
    expect(body).toMatchObject({ items: [{ id: ID }], next: `1000.${ID}` })
    expect((await ask(`?limit=1&after=${String(body['next'])}`)).body).toMatchObject({
      items: [{ id: later.id }],
      next: null,
    })
  })

  it('narrows by state, source, tenant, reason, topic and age', async () => {
    const count = async (query: string) => ((await ask(query)).body['items'] as object[]).length
    expect(
      await count('?source=hr&tenant=acme&reason=event.malformed&topic=freshet.changes.v1'),
    ).toBe(1)
    for (const query of [
      'state=dropped',
      'source=iga',
      'tenant=other',
      'before=1970-01-01T00:00:01Z',
    ])
      expect(await count(`?${query}`)).toBe(0)
    expect(await count('?state=any')).toBe(1)
  })

  it.each(['limit=0', 'limit=201', 'after=x', 'state=lost', 'sourse=hr', 'before=yesterday'])(
    'refuses the query %s',
    async (query) => {
      const { status, body } = await ask(`?${query}`)
      expect([status, body['code']]).toEqual([400, 'request.malformed'])
    },
  )
})

describe('GET /v1/quarantine/{id}', () => {
  it('tells headers, what is in doubt because of it, and what resolves that', async () => {
    const { body, text } = await ask(`/${ID}`)
    expect(body).toMatchObject({
      id: ID,
      inDoubt: {
        claims: [
          { claim: 'groups', settled: false, settles: { e: '1', partition: 3, offset: '41' } },
        ],
        resolvedBy: [expect.stringContaining('settles names the record')],
      },
      content: {
        valueBytes: found.value?.length,
        headers: expect.arrayContaining([
          expect.objectContaining({ name: 'ce_source', text: 'hr' }) as object,
        ]) as object[],
      },
    })
    expect(text).not.toContain(SECRET)
  })

  it('has the meaning of its reason and the next step, as the page of errors has them', async () => {
    const { body } = await ask(`/${ID}`)
    const { reason } = Object(body) as { readonly reason: keyof typeof errorCodes }
    const { what: means, remedy } = errorCodes[reason]
    expect(body).toMatchObject({ means, remedy })
    expect(meaningOf('code.of-a-later-version')).toEqual({})
  })

  it('is told without its content once the topic has let go of it', async () => {
    read = async () => []
    expect((await ask(`/${ID}`)).body).toMatchObject({ id: ID, content: null })
  })

  it.each([`3-${'a'.repeat(22)}`, 'x', '..%2f', '%00', "'%3b--"])('is 404 for %s', async (id) => {
    expect((await ask(`/${id}`)).body).toMatchObject({ code: 'request.not-found' })
  })
})

describe('GET /v1/quarantine/{id}/record', () => {
  it('gives the raw bytes to an operator', async () => {
    const { status, body } = await ask(`/${ID}/record`, 'operator')
    expect(status).toBe(200)
    expect(Buffer.from(String(body['value']), 'base64')).toEqual(Buffer.from(found.value ?? []))
    expect(Object.keys(body['headers'] as object)).not.toContain('freshet_code')
  })

  it('gives the payload as text, too', async () => {
    const { body } = await ask(`/${ID}/record`, 'operator')
    const text = expect.stringContaining(SECRET) as string
    expect(body['decoded']).toContainEqual(
      expect.objectContaining({ part: 'value', form: 'json', text }) as object,
    )
  })

  it('gives them to nobody else', async () => {
    expect((await ask(`/${ID}/record`)).status).toBe(403)
    expect((await ask(`/${ID}/record`, 'nobody')).status).toBe(401)
    expect(entries).toEqual([])
  })

  it('records each read in the audit, with the digest of its only subject and without a value', async () => {
    await ask(`/${ID}/record`, 'operator')
    await ask(`/${ID}/record`, 'operator')
    const detail = { answer: 'quarantined record', record: ID }
    const entry = { kind: 'subject-read', by: 'operator', tenant: 'acme', detail }
    expect(entries).toMatchObject([entry, entry])
    expect(entries[0]?.ref).toBe(`sha256:${sha256Hex(subjectKey(ALICE))}`)
    expect(JSON.stringify(entries)).not.toMatch(new RegExp(`${ALICE.sub}|${SECRET}`))
    database.doubts.delete('one')
    await ask(`/${ID}/record`, 'operator')
    expect(entries[2]).toMatchObject({ ...entry, ref: '*' })
  })

  it('gives nothing while the audit cannot record the read', async () => {
    isAuditDown = true
    const { status, text } = await ask(`/${ID}/record`, 'operator')
    expect(status).toBe(500)
    expect(text).not.toContain(SECRET)
    // Control: the detail, which has no payload, is not audited.
    expect((await ask(`/${ID}`, 'operator')).status).toBe(200)
  })

  it('gives none that are not the ones that were found', async () => {
    const [real] = await read('', 0, 0n, 1)
    if (real === undefined) throw new Error('nothing stands there')
    read = async () => [{ ...real, value: Buffer.from('other') }]
    expect((await ask(`/${ID}/record`, 'operator')).status).toBe(404)
  })
})
