import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { partitionOf, PARTITIONS } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  decodeAuditEntry,
  formatChangeEvent,
  generateKey,
  importJwks,
  importSigningKey,
  readIncoming,
  SIGNED_EVENT_TYP,
  signJws,
  type NamedJwk,
} from '@freshet/wire'
import { createKafka, planTopics, type Kafka } from '@freshet/kafka'
import { hrChange } from '@freshet/testkit'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../test/setup/database.ts'
import { takeBroker, type StackBroker } from '../../../test/setup/stack-broker.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const STAMP_KEY = Buffer.alloc(32, 7)
const GATEWAY = 'http://gateway.test'

describe.runIf(inject('stackBrokers') !== null)('the gateway as a process', () => {
  let dir: string
  let database: FreshDatabase
  let kafka: Kafka
  let broker: StackBroker
  let child: ChildProcess
  let url: string
  let hr: { readonly privateJwk: NamedJwk; readonly publicJwk: NamedJwk }

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-gateway-'))
    await cp(join(ROOT, 'infra', 'registry', 'registry.yaml'), join(dir, 'registry.yaml'))
    await mkdir(join(dir, 'keys'))
    const jwk = { kty: 'oct', alg: 'HS256', kid: 's1', k: STAMP_KEY.toString('base64url') }
    await writeFile(join(dir, 'stamps.json'), JSON.stringify(jwk), { mode: 0o600 })
    hr = await generateKey('ES256', 'hr-1')
    for (const name of ['hr', 'iga', 'security', 'idp']) {
      const { publicJwk } = name === 'hr' ? hr : await generateKey('ES256', `${name}-1`)
      await writeFile(join(dir, 'keys', `${name}.jwks.json`), JSON.stringify({ keys: [publicJwk] }))
    }
    database = await freshDatabase()
    broker = await takeBroker()
    const { brokers } = broker
    kafka = createKafka({ brokers, clientId: 'gateway-test' })
    const plan = await readFile(join(ROOT, 'infra', 'topics.yaml'), 'utf8')
    await kafka.topics.apply(planTopics(plan, { development: true }))
    child = spawn(process.execPath, [join(ROOT, 'services', 'gateway', 'dist', 'main.js')], {
      env: {
        DATABASE_URL: database.url,
        KAFKA_BROKERS: brokers.join(','),
        FRESHET_REGISTRY: join(dir, 'registry.yaml'),
        FRESHET_STAMP_KEYS_FILE: join(dir, 'stamps.json'),
        FRESHET_URL: GATEWAY,
        FRESHET_ISSUER: 'http://authority.test',
        FRESHET_PORT: '0',
        FRESHET_ACTIVATE_REGISTRY: 'true',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (child.stdout === null) throw new Error('no stdout')
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    url = (JSON.parse(line) as { url: string }).url
  })
  afterAll(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await kafka.close()
    await database.drop()
    await broker.free()
    await rm(dir, { recursive: true })
  })

  const post = async (path: string, type: string, body: unknown) => {
    const key = importSigningKey(hr.privateJwk)
    const token = await new SignJWT()
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .setIssuer('hr')
      .setSubject('hr')
      .setAudience(GATEWAY)
      .setExpirationTime('30s')
      .setJti(crypto.randomUUID())
      .sign(key.key)
    const headers = { authorization: `Bearer ${token}`, 'content-type': type }
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const read = async (partition: number) => {
    const records = await kafka.reader().read(CHANGES_TOPIC, partition, 0n, 1_000)
    const keys = { macKeys: [STAMP_KEY], sourceKeys: () => importJwks({ keys: [] }) }
    return Promise.all(records.map((record) => readIncoming(record, keys)))
  }

  const signedAs = (claims: object, typ: string = SIGNED_EVENT_TYP): string =>
    signJws(Buffer.from(JSON.stringify(claims)), importSigningKey(hr.privateJwk), { typ })
  const postSigned = async (path: string, body: string) => {
    const headers = { 'content-type': 'application/jose' }
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  it('activates its registry, and takes a change and a heartbeat', async () => {
    const change = hrChange(1n)
    const partition = partitionOf(change.subject)
    const accepted = await post(
      '/v1/changes',
      'application/cloudevents+json',
      formatChangeEvent(change),
    )
    expect(accepted).toMatchObject({ status: 202, body: { id: 'hr-1', partition } })
    const through = new Date().toISOString()
    const heartbeat = { tenant: 'acme', through }
    expect(await post('/v1/heartbeats', 'application/json', heartbeat)).toMatchObject({
      status: 202,
    })
    expect((await read(partition)).slice(-3)).toMatchObject([
      { kind: 'change', change: { kind: 'activate', pv: 1 } },
      { kind: 'change', change, stamp: { number: 1n } },
      { kind: 'heartbeat', heartbeat: { source: 'hr', last: 1n } },
    ])
    for (const each of PARTITIONS) {
      expect((await read(each)).at(-1)).toMatchObject({ kind: 'heartbeat' })
    }
    const many = { through, tenants: [{ tenant: 'acme' }, { tenant: 'nowhere' }] }
    expect(await post('/v1/heartbeats', 'application/json', many)).toMatchObject({
      status: 403,
      body: {
        items: [
          { status: 202, tenant: 'acme' },
          { status: 403, tenant: 'nowhere', code: 'event.forbidden' },
        ],
      },
    })
    for (const each of PARTITIONS) {
      const last = each === partition ? 1n : 0n
      expect((await read(each)).at(-1)).toMatchObject({
        kind: 'heartbeats',
        heartbeats: [{ tenant: 'acme', source: 'hr', last }],
      })
    }
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('goes on while large bodies with made-up signatures arrive, and refuses those of other environments', async () => {
    const change = formatChangeEvent(hrChange(7n)) as object
    const large = signedAs({ ...change, filling: 'x'.repeat(170_000) })
    const madeUp = `${large.slice(0, large.lastIndexOf('.'))}.${'A'.repeat(86)}`
    const attack = await Promise.all(
      Array.from({ length: 60 }, () => postSigned('/v1/changes', madeUp)),
    )
    const statuses = attack.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    expect(statuses.filter((status) => status === 401).length).toBeLessThan(40)
    const heartbeat = () => ({ source: 'hr', tenant: 'acme', through: new Date().toISOString() })
    expect((await postSigned('/v1/heartbeats', signedAs(heartbeat()))).status).toBe(202)
    const staging = { ...change, aud: 'https://staging.example' }
    expect(await postSigned('/v1/changes', signedAs(staging))).toMatchObject({
      status: 401,
      body: { code: 'event.unauthentic' },
    })
    // Controls: the same change for this gateway, and a large body with a valid signature a moment later.
    expect((await postSigned('/v1/changes', signedAs({ ...change, aud: GATEWAY }))).status).toBe(
      202,
    )
    await expect.poll(async () => (await postSigned('/v1/changes', large)).status).toBe(202)
  })

  it('audits the changes that a source is not allowed to send once for a request', async () => {
    const wrong = Array.from({ length: 50 }, (_, n) =>
      formatChangeEvent(hrChange(BigInt(n + 1), { claim: 'entitlements', tenant: 'acme' })),
    )
    const refused = await post('/v1/changes', 'application/cloudevents-batch+json', wrong)
    expect(refused.status).toBe(403)
    const { rows } = await database.system.query<{ text: string }>({
      name: 'test-refused',
      text: `
        SELECT entry AS text FROM audit_pending WHERE entry LIKE '%change-refused%'
        UNION ALL SELECT entry FROM audit_entry WHERE entry LIKE '%change-refused%'`,
    })
    expect(rows.map(({ text }) => decodeAuditEntry(text)?.detail['count'])).toEqual([50])
  })

  it('refuses changes and heartbeats of an older epoch, and gives the cursor to the next one (rule 52)', async () => {
    const begin = () => post('/v1/sources/security/epochs', 'application/json', { tenant: 'acme' })
    expect(await begin()).toMatchObject({ status: 403, body: { code: 'request.forbidden' } })
    const own = () => post('/v1/sources/hr/epochs', 'application/json', { tenant: 'acme' })
    const old = await own()
    expect(old.status).toBe(201)
    const sent = new Date().toISOString()
    const heartbeat = { tenant: 'acme', through: sent, sent, cursor: 'one' }
    const heartbeatOf = (epoch: unknown) =>
      post('/v1/heartbeats', 'application/json', { ...heartbeat, epoch })
    expect(await heartbeatOf(old.body['epoch'])).toMatchObject({ status: 202 })
    const next = await own()
    expect(next).toMatchObject({ status: 201, body: { cursor: 'one' } })
    const superseded = { status: 409, body: { code: 'event.superseded' } }
    expect(await heartbeatOf(old.body['epoch'])).toMatchObject(superseded)
    const changeOf = (epoch: unknown) => {
      const sourceVersion = { epoch: BigInt(String(epoch)), n: 1n }
      const change = hrChange(1n, { id: `epoch-${String(epoch)}`, sourceVersion })
      return post('/v1/changes', 'application/cloudevents+json', formatChangeEvent(change))
    }
    expect(await changeOf(old.body['epoch'])).toMatchObject(superseded)
    expect(await changeOf(next.body['epoch'])).toMatchObject({ status: 202 })
    const ahead = { ...heartbeat, sent: new Date(Date.now() + 60_000).toISOString() }
    expect(
      await post('/v1/heartbeats', 'application/json', { ...ahead, epoch: next.body['epoch'] }),
    ).toMatchObject({ status: 422, body: { errors: [{ pointer: '/sent' }] } })
  })

  it('ends on request', async () => {
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
