import { PARTITIONS } from '@freshet/protocol'
import { generateKey, type Jwks } from '@freshet/wire'
import { REGISTRY_BYTES_MAX } from '@freshet/registry'
import { BODY_BYTES_MAX } from '@freshet/runtime'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'
import { documentOf, type DocumentChange } from './published-document.ts'

const { publicJwk, privateJwk } = await generateKey('ES256', 'k1')
const keys: Jwks = { keys: [publicJwk] }
const shorter: DocumentChange = { payments: { ttl: '2m' } }

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld()
})

const send = (path: string, body: unknown, token = 'admin'): Promise<GatewayAnswer> =>
  gateway.post('', body, { path, type: 'application/json', token })
const documentBody = (version: number, change?: DocumentChange): unknown =>
  JSON.parse(documentOf(version, keys, change))
const publish = (version: number, change?: DocumentChange, query = ''): Promise<GatewayAnswer> =>
  send(`/v1/registry${query}`, documentBody(version, change))
const activate = (pv: number, more: object = {}, query = ''): Promise<GatewayAnswer> =>
  send(`/v1/cut-offs${query}`, { op: 'activate', pv, reason: 'reviewed', ...more })
const kept = (pv: number) => gateway.database.policyVersions.get(String(pv))

describe('POST /v1/registry', () => {
  it('stores a version with its publisher, and returns what it changes', async () => {
    const { status, body } = await publish(2, { groups: { source: 'iga' } })
    expect(status).toBe(201)
    expect(body).toMatchObject({ pv: 2, isNew: true, against: { pv: 1 }, needsMinimum: true })
    expect(body['differences']).toContainEqual({
      place: '/claims/groups/source',
      effect: 'tightens',
      needsMinimum: true,
      sentence: expect.stringContaining('moves from source hr to iga') as string,
    })
    expect(kept(2)).toMatchObject({ by: 'admin', hash: body['hash'] })
    expect(gateway.produced()).toBe(0)
  })

  it('answers the same content alike, however it is written, and refuses another', async () => {
    await publish(2)
    const { registry, keySets } = documentBody(2) as { registry: object; keySets: object }
    expect(await send('/v1/registry', { keySets, registry })).toMatchObject({
      status: 200,
      body: { pv: 2, isNew: false },
    })
    const other = await publish(2, shorter)
    expect([other.status, other.body['code']]).toEqual([409, 'registry.conflict'])
    expect(kept(2)?.document).toBe(documentOf(2, keys))
  })

  it('refuses another text for the version that is active, though it is not kept', async () => {
    const row = { e: 1n, nextOffset: 1n, lastHash: null, minimumPv: 0 }
    gateway.database.progress.set('0', { partition: 0, ...row, activePv: 2, activeHash: 'x' })
    expect(await publish(2)).toMatchObject({ status: 409, body: { code: 'registry.conflict' } })
  })

  it('returns with dryRun what it would change, and stores nothing', async () => {
    expect(await publish(2, shorter, '?dryRun=true')).toMatchObject({
      status: 200,
      body: { dryRun: true, pv: 2, isNew: true },
    })
    expect(kept(2)).toBeUndefined()
  })

  it.each<[number, string, DocumentChange, string]>([
    [422, 'registry.invalid', { groups: { owner: '' } }, 'owner.missing'],
    [422, 'registry.invalid', { groups: { source: 'nobody' } }, 'source.unknown'],
    [422, 'registry.invalid', { groups: { maxTtl: '1m' } }, 'ttl.above-maximum'],
  ])('refuses with %i %s what does not lint, and names it', async (status, code, change, rule) => {
    const answer = await publish(2, change)
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    expect(answer.body['errors']).toEqual([
      {
        pointer: expect.stringMatching(/^\/registry\/(claims|audiences)\//) as string,
        rule: expect.stringContaining(`(${rule})`) as string,
      },
    ])
    expect(kept(2)).toBeUndefined()
  })

  it('refuses a private key, and never repeats it', async () => {
    const { registry, keySets } = documentBody(2) as { registry: object; keySets: object }
    const leaking = { ...keySets, 'keys/hr.jwks.json': { keys: [privateJwk] } }
    const { status, body } = await send('/v1/registry', { registry, keySets: leaking })
    expect([status, body['code']]).toEqual([422, 'registry.invalid'])
    expect(JSON.stringify(body)).not.toContain(String(privateJwk.d))
  })

  describe('with policies', () => {
    const [schemaFile, policyFile] = ['policies/p.cedarschema', 'policies/p.cedar'] as const
    const schema = `entity Tenant; entity Subject in [Tenant] = { groups: Set<String> }; entity Audience;
      action "POST /a" appliesTo { principal: Subject, resource: Audience };`
    const sound = 'permit (principal, action, resource) when { principal.groups.contains("a") };'
    const withPolicies = (policy: string) => {
      const { registry, keySets } = documentBody(2) as { registry: object; keySets: object }
      const route = { require: { groups: ['a'] }, risk: 'high', policies: [policyFile] }
      const payments = { claims: ['groups'], ttl: '5m', routes: { 'POST /a': route } }
      return {
        registry: { ...registry, policySchema: schemaFile, audiences: { payments } },
        keySets,
        policies: { [schemaFile]: schema, [policyFile]: policy },
      }
    }

    it('keeps their texts under its hash', async () => {
      expect(await send('/v1/registry', withPolicies(sound))).toMatchObject({ status: 201 })
      const { document, hash } = kept(2) ?? {}
      expect(JSON.parse(document ?? '')).toMatchObject({ policies: { [policyFile]: sound } })
      const other = await send('/v1/registry', withPolicies(`${sound} `))
      expect([other.status, other.body['code']]).toEqual([409, 'registry.conflict'])
      expect(kept(2)?.hash).toBe(hash)
    })

    it.each([
      ['does not type-check', sound.replace('"a"', '5'), 'policy.invalid'],
      ['is torn', sound.slice(0, -3), 'policy.unreadable'],
      ['permits nobody', sound.replace('permit', 'forbid'), 'policy.never-permits'],
    ])('refuses one that %s, and names it', async (_, policy, rule) => {
      const { status, body } = await send('/v1/registry', withPolicies(policy))
      expect([status, body['code']]).toEqual([422, 'registry.invalid'])
      expect(JSON.stringify(body['errors'])).toContain(`(${rule})`)
      expect(kept(2)).toBeUndefined()
    })

    it('refuses one whose file was not sent', async () => {
      const { policies: _, ...rest } = withPolicies(sound)
      const { status, body } = await send('/v1/registry', rest)
      expect([status, JSON.stringify(body['errors'])]).toEqual([
        422,
        expect.stringContaining('(policy.missing)'),
      ])
    })
  })

  it('accepts a version of 4,000 tenants, and no body above 1 MiB', async () => {
    const tenant = (n: number): object => ({
      identityProviders: [
        { issuer: `https://idp.tenant-${n}.example`, keys: 'keys/idp.jwks.json' },
      ],
    })
    const tenants = Object.fromEntries(
      Array.from({ length: 4_000 }, (_, n) => [`tenant-${n}`, tenant(n)]),
    )
    expect(documentOf(2, keys, { tenants }).length).toBeGreaterThan(BODY_BYTES_MAX)
    expect(await publish(2, { tenants })).toMatchObject({ status: 201 })
    const larger = documentOf(3, keys).padEnd(REGISTRY_BYTES_MAX + 1)
    expect(await send('/v1/registry', larger)).toMatchObject({
      status: 413,
      body: { code: 'request.too-large' },
    })
  })

  it.each([
    [401, 'nobody'],
    [403, 'operator'],
  ])('answers %i to %s', async (status, token) => {
    expect(await send('/v1/registry', documentBody(2), token)).toMatchObject({ status })
    expect(kept(2)).toBeUndefined()
  })
})

describe('the activation of a published version', () => {
  it('is written to every partition, with who ordered it and why', async () => {
    const { body } = await publish(2)
    expect(await activate(2)).toMatchObject({ status: 202, body: { id: 'activate-2' } })
    for (const partition of PARTITIONS) {
      expect(await gateway.read(partition)).toMatchObject([
        { change: { kind: 'activate', pv: 2, hash: body['hash'], minimum: 0 } },
      ])
    }
    expect(gateway.database.activationOrders.get('2')).toMatchObject({
      by: 'admin',
      reason: 'reviewed',
    })
  })

  it('is refused if the version is not published', async () => {
    expect(await activate(3)).toMatchObject({ status: 404, body: { code: 'registry.unpublished' } })
    expect(gateway.produced()).toBe(0)
  })

  it('that takes something away needs a minimum, and the refusal names the places', async () => {
    await publish(2)
    await activate(2)
    await publish(3, shorter)
    const refused = await activate(3)
    expect([refused.status, refused.body['code']]).toEqual([422, 'registry.tightens'])
    expect(refused.body['detail']).toContain('/audiences/payments/ttl: tokens for payments live 2m')
    expect(await activate(3, {}, '?dryRun=true')).toMatchObject({ status: 422 })
    expect(await activate(3, { minimum: 2 })).toMatchObject({ status: 422 })
    expect(gateway.database.activationOrders.get('3')).toBeUndefined()
    expect(await activate(3, { minimum: 3 })).toMatchObject({ status: 202 })
  })

  it('control: what widens needs none', async () => {
    await publish(2)
    await activate(2)
    await publish(3, { payments: { ttl: '10m' } })
    expect(await activate(3)).toMatchObject({ status: 202 })
  })

  it('behind one whose text is not stored needs a minimum too: the two cannot be compared', async () => {
    gateway.database.registryVersions.set('1', { pv: 1, hash: 'lost' })
    await publish(2)
    expect(await activate(2)).toMatchObject({ status: 422, body: { code: 'registry.tightens' } })
    expect(await activate(2, { minimum: 2 })).toMatchObject({ status: 202 })
  })

  it('with a minimum above its own version would make every token stale', async () => {
    await publish(2)
    expect(await activate(2, { minimum: 3 })).toMatchObject({
      status: 400,
      body: { code: 'request.malformed' },
    })
  })

  it('is the same event when it is ordered again, and another minimum is refused', async () => {
    await publish(2)
    const first = await activate(2, { minimum: 1 })
    expect(await activate(2, { minimum: 1, reason: 'again' })).toMatchObject({ body: first.body })
    expect(gateway.database.activationOrders.get('2')?.reason).toBe('reviewed')
    expect(await activate(2)).toMatchObject({ status: 409, body: { code: 'registry.conflict' } })
  })

  it('completes what a broker that failed has left', async () => {
    await publish(2)
    gateway.writer.plan('lost')
    expect(await activate(2)).toMatchObject({ status: 503 })
    expect(await activate(2)).toMatchObject({ status: 202, body: { id: 'activate-2' } })
  })

  it('is compared with what is ordered and not announced yet, too', async () => {
    await publish(2)
    await activate(2)
    await publish(3, { payments: { ttl: '9m' } })
    await publish(4)
    gateway.writer.plan('lost')
    expect(await activate(3)).toMatchObject({ status: 503 })
    const { status, body } = await activate(4)
    expect([status, body['code']]).toEqual([422, 'registry.tightens'])
    expect(await activate(4, { minimum: 4 })).toMatchObject({ status: 202 })
  })

  it('is refused behind a newer one', async () => {
    await publish(2)
    await publish(3)
    await activate(3)
    expect(await activate(2)).toMatchObject({ status: 409, body: { code: 'registry.conflict' } })
  })
})
