import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { ownChangeId } from '../../packages/intake/src/orders/own-change.ts'
import { askAuthority } from './authority.ts'
import { check, expectAllowed, type CheckAnswer } from './edge.ts'
import { otlpSink, type OtlpSink } from './otlp.ts'
import { sourceOf, type TestSource } from './source.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'
import { applied, recorded } from './timeline.ts'
import { groupsOf, jtiOf, mint, refusal, payloadOf } from './token.ts'

const PACKAGE = new URL('../../package.json', import.meta.url)
const SPANS_WITHIN_MS = 20_000
const requireB = { groups: ['b'] }

describe.runIf(canRun)('the main path, from a source to the edges', () => {
  let stack: TestStack
  let hr: TestSource
  let sink: OtlpSink
  beforeAll(async () => {
    sink = await otlpSink()
    stack = await startTestStack(undefined, () => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    }))
    hr = sourceOf(stack, 'hr')
  })
  afterAll(async () => {
    await stack.stop()
    await sink[Symbol.asyncDispose]()
    expect(stack.deaths).toEqual([])
  })

  /** Enrols a subject with groups, so that the authority can mint payments tokens for it. */
  async function enrol(subject: string, groups: readonly string[]): Promise<void> {
    const iga = sourceOf(stack, 'iga')
    const value = ['invoices:read']
    await recorded(stack, await hr.send({ op: 'set', subject, claim: 'groups', value: groups }))
    await recorded(stack, await iga.send({ op: 'set', subject, claim: 'entitlements', value }))
  }
  const atBoth = (question: Parameters<typeof check>[1]): Promise<readonly CheckAnswer[]> =>
    Promise.all([check(stack, question), check(stack, question, 'sidecar:2')])
  const stale = (reason: string, change: string): object => ({ verdict: 'stale', reason, change })

  /** The name of a process at the receiver: the host and the port, and the id of an edge. */
  const instanceOf = (service: string): string =>
    service === 'sidecar'
      ? 'sidecar'
      : `${hostname()}:${new URL(stack.at[service as 'gateway']).port}`

  it('every service states the release and the commit of its build', async () => {
    const { gateway, reconciler, authority, console: shown, sidecar } = stack.at
    const answers = await Promise.all(
      [gateway, reconciler, authority, shown, sidecar].map(async (url) => {
        const response = await fetch(new URL('/v1/version', url))
        return (await response.json()) as unknown
      }),
    )
    const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { readonly version: string }
    const same = { version, commit: expect.stringMatching(/^[\da-f]{12}(-dirty)?$/) }
    expect(answers).toEqual(answers.map(() => ({ ...same, node: process.version })))
  })

  it.each([
    ['gateway', '/v1/changes'],
    ['reconciler', '/readyz'],
    ['authority', '/oauth/token'],
    ['console', '/v1/status'],
    ['sidecar', '/v1/check'],
  ])(
    'the %s sends its figures with its environment, its process and the route %s',
    async (service, route) => {
      await fetch(new URL(route, stack.at[service as 'console']))
      const { value: figures } = await until('figures', SPANS_WITHIN_MS, async () => {
        const arrived = sink.figuresOf(`freshet-${service}`)
        return arrived.some(({ routes }) => routes.includes(route)) ? arrived : undefined
      })
      expect(figures).toContainEqual(expect.objectContaining({ name: 'freshet_build_info' }))
      expect(figures.every(({ environment }) => environment === 'test')).toBe(true)
      const processes = new Set(
        figures.map(({ instance }) => instance?.replace(/^sidecar:2$/, 'sidecar')),
      )
      expect([...processes]).toEqual([instanceOf(service)])
    },
  )

  it.each([
    ['authority', 'POST', '/oauth/token', 400],
    ['console', 'GET', '/v1/status', 401],
    ['gateway', 'POST', '/v1/changes', 401],
  ] as const)(
    'a request to the %s is a span with its route and status',
    async (service, method, route, status) => {
      const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')]
      const headers = { traceparent: `00-${traceId}-${spanId}-01` }
      await fetch(new URL(route, stack.at[service]), { method, headers })
      const { value } = await until('the span', SPANS_WITHIN_MS, async () => sink.of(traceId).at(0))
      const name = `${method} ${route}`
      const of = {
        service: `freshet-${service}`,
        instance: instanceOf(service),
        name,
        route,
        status,
      }
      expect(value).toMatchObject({ ...of, parentSpanId: spanId })
    },
  )

  it('one trace leads from the source’s request to both edges, and its id finds the change', async () => {
    await enrol('tracy', ['a', 'b'])
    const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')]
    const removal = await hr.event({ op: 'remove', subject: 'tracy', claim: 'groups', value: 'b' })
    await hr.post(removal, { traceparent: `00-${traceId}-${spanId}-01` })
    const { traceparent } = await applied(stack, removal.id)
    const { value } = await until('spans of both edges', SPANS_WITHIN_MS, async () => {
      const spans = sink.of(traceId)
      return spans.filter(({ service }) => service === 'freshet-sidecar').length === 2
        ? spans
        : undefined
    })
    const services = value.map(({ service, name, instance }) => [service, name, instance])
    const inOrder = services.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
    expect(inOrder).toEqual([
      ['freshet-gateway', 'POST /v1/changes', instanceOf('gateway')],
      ['freshet-reconciler', 'process freshet.changes.v1', instanceOf('reconciler')],
      ['freshet-reconciler', 'send freshet.revocations.v1', instanceOf('reconciler')],
      ['freshet-sidecar', 'process freshet.revocations.v1', 'sidecar'],
      ['freshet-sidecar', 'process freshet.revocations.v1', 'sidecar:2'],
    ])
    // The source's span is above the gateway's, and the gateway's above all others.
    const parents = (service: string): readonly string[] =>
      value.filter((span) => span.service === service).map(({ parentSpanId }) => parentSpanId)
    expect(parents('freshet-gateway')).toEqual([spanId])
    const [, , gatewaySpan] = traceparent?.split('-') ?? []
    expect(new Set([...parents('freshet-reconciler'), ...parents('freshet-sidecar')])).toEqual(
      new Set([gatewaySpan]),
    )
    // A reader of traces does not learn the subject.
    expect(JSON.stringify(value)).not.toMatch(/tracy|payments|hr-/)
  })

  it('a group taken away is refused in old tokens, and only where it was used', async () => {
    await enrol('alice', ['a', 'b'])
    const old = await mint(stack, 'alice')
    const directory = await mint(stack, 'alice', 'directory')
    expect(await check(stack, { token: old, require: requireB })).toMatchObject({
      decision: 'allow',
      claims: { groups: { verdict: 'fresh' } },
    })

    const removal = await hr.event({ op: 'remove', subject: 'alice', claim: 'groups', value: 'b' })
    const answer = await hr.post(removal)
    expect(answer).toMatchObject({ status: 202, body: { id: removal.id } })
    const { tokensMarked, position } = await applied(stack, removal.id)
    expect(tokensMarked).toBe(1)
    const metrics = await (await fetch(new URL('/metrics', stack.at.reconciler))).text()
    expect(metrics).toMatch(/^freshet_tokens_stale_total\{class="reduce"\} [1-9]/m)
    expect(answer.body).toMatchObject({ partition: position.partition, offset: position.offset })

    const denied = {
      decision: 'deny',
      status: 401,
      claims: { groups: stale('claim-changed', removal.id) },
    }
    for (const each of await atBoth({ token: old, require: requireB })) {
      expect(each).toMatchObject(denied)
    }
    const elsewhere = { token: directory, audience: 'directory' }
    for (const each of await atBoth(elsewhere)) expect(each).toMatchObject({ decision: 'allow' })

    const renewed = await mint(stack, 'alice')
    expect(groupsOf(renewed)).toEqual(['a'])
    for (const each of await atBoth({ token: renewed, require: { groups: ['a'] } })) {
      expect(each).toMatchObject({ decision: 'allow', claims: { groups: { verdict: 'fresh' } } })
    }
    expect(await check(stack, { token: renewed, require: requireB })).toMatchObject({ status: 403 })

    await recorded(
      stack,
      await hr.send({ op: 'add', subject: 'alice', claim: 'groups', value: 'b' }),
    )
    const after = await mint(stack, 'alice')
    expect(groupsOf(after)).toEqual(['a', 'b'])
    await expectAllowed(stack, { token: after, require: requireB })
    for (const each of await atBoth({ token: old, require: requireB })) {
      expect(each).toMatchObject(denied)
    }
  })

  it('the same event sent again keeps its place, and other content under its id is refused', async () => {
    await enrol('carol', ['a'])
    const token = await mint(stack, 'carol')
    const removal = await hr.event({ op: 'remove', subject: 'carol', claim: 'groups', value: 'a' })
    const first = await hr.post(removal)
    expect(first.status).toBe(202)
    expect(await hr.post(removal)).toEqual(first)
    const other = { ...removal, data: { ...(removal['data'] as object), value: ['b'] } }
    expect(await hr.post(other)).toMatchObject({ status: 409 })
    expect(await applied(stack, removal.id)).toMatchObject({ tokensMarked: 1, outcome: 'applied' })
    expect(await check(stack, { token })).toMatchObject({ decision: 'deny' })
  })

  it('an account disabled: every token of it is denied, and none is minted until it is enabled', async () => {
    await enrol('bob', ['a'])
    const tokens = [await mint(stack, 'bob'), await mint(stack, 'bob')]
    const directory = await mint(stack, 'bob', 'directory')
    const disabled = await hr.send({ op: 'disabled', subject: 'bob' })
    expect(await applied(stack, disabled)).toMatchObject({ tokensMarked: 3 })
    const claims = { groups: stale('account', disabled), entitlements: stale('account', disabled) }
    for (const token of tokens) {
      for (const each of await atBoth({ token })) {
        expect(each).toMatchObject({ decision: 'deny', status: 401, claims })
      }
    }
    expect(await check(stack, { token: directory, audience: 'directory' })).toMatchObject({
      decision: 'deny',
      status: 401,
    })
    expect(await refusal(stack, 'bob')).toMatchObject({ status: 400, code: 'grant.invalid' })
    await recorded(stack, await hr.send({ op: 'enabled', subject: 'bob' }))
    await expectAllowed(stack, { token: await mint(stack, 'bob') })
    for (const token of tokens) {
      expect(await check(stack, { token })).toMatchObject({ decision: 'deny', claims })
    }
  })

  it('rule 6: a value withdrawn is refused in every token that carries it, and minted no more', async () => {
    await enrol('dave', ['a', 'old-vpn'])
    await enrol('erin', ['old-vpn'])
    await enrol('frank', ['a'])
    const [dave, erin, frank] = await Promise.all(
      ['dave', 'erin', 'frank'].map((subject) => mint(stack, subject)),
    )
    const withdrawn = await hr.send({ op: 'value-withdrawn', claim: 'groups', value: 'old-vpn' })
    await applied(stack, withdrawn)
    for (const token of [dave ?? '', erin ?? '']) {
      for (const each of await atBoth({ token })) {
        expect(each).toMatchObject({
          decision: 'deny',
          claims: { groups: stale('value-withdrawn', withdrawn) },
        })
      }
    }
    await expectAllowed(stack, { token: frank ?? '' })
    expect(groupsOf(await mint(stack, 'dave'))).toEqual(['a'])
    // Wide marks are made in the background; they are evidence, and exact in the end.
    await expect.poll(async () => (await recorded(stack, withdrawn)).tokensMarked).toBe(2)
  })

  it('rule 23: a token denied by its id is refused alone', async () => {
    await enrol('grace', ['a'])
    const [denied, spared] = [await mint(stack, 'grace'), await mint(stack, 'grace')]
    const security = sourceOf(stack, 'security')
    const denial = await security.send({ op: 'deny', scope: 'token', target: jtiOf(denied) })
    await applied(stack, denial)
    for (const each of await atBoth({ token: denied })) {
      expect(each).toMatchObject({
        decision: 'deny',
        status: 401,
        claims: { groups: stale('token-denied', denial) },
      })
    }
    await expectAllowed(stack, { token: spared })
    await expect.poll(async () => (await recorded(stack, denial)).tokensMarked).toBe(1)
  })

  it('rule 39: a token that its client revoked is refused at every edge, and introspected as such', async () => {
    await enrol('heidi', ['a'])
    const token = await mint(stack, 'heidi')
    const introspect = () => askAuthority(stack, '/oauth/introspect', 'payments-api', { token })
    expect(await introspect()).toMatchObject({ body: { active: true, sub: 'heidi' } })
    expect(await askAuthority(stack, '/oauth/revoke', 'payments-web', { token })).toEqual({
      status: 200,
      body: {},
    })
    const { jti: target, exp } = payloadOf(token)
    const denied = { kind: 'deny', scope: 'token', target, expMs: exp * 1_000 } as const
    const denial = ownChangeId(denied)
    await applied(stack, denial)
    const claims = { groups: stale('token-denied', denial) }
    for (const each of await atBoth({ token })) {
      expect(each).toMatchObject({ decision: 'deny', status: 401, claims })
    }
    expect(await introspect()).toMatchObject({ body: { active: false, freshet: { claims } } })
  })

  it('a workload has tokens of its own, which edges judge like any other', async () => {
    await enrol('reports-job', ['a'])
    const form = { grant_type: 'client_credentials', audience: 'payments' }
    const { status, body } = await askAuthority(stack, '/oauth/token', 'reports-job', form)
    expect(status).toBe(200)
    const token = String(body['access_token'])
    await expectAllowed(stack, { token })
    await applied(stack, await hr.send({ op: 'disabled', subject: 'reports-job' }))
    for (const each of await atBoth({ token })) expect(each).toMatchObject({ decision: 'deny' })
    const again = await askAuthority(stack, '/oauth/token', 'reports-job', form)
    expect(again).toMatchObject({ status: 400, body: { code: 'grant.invalid' } })
  })

  it('a source gets an error for a change that it is not allowed to send, and nothing changes', async () => {
    const iga = sourceOf(stack, 'iga')
    const foreign = await iga.event({ op: 'remove', subject: 'alice', claim: 'groups', value: 'a' })
    expect(await iga.post(foreign)).toMatchObject({ status: 403 })
    expect(groupsOf(await mint(stack, 'alice'))).toEqual(['a', 'b'])
  })

  it('and every service writes structured lines alone', async () => {
    for (const name of ['gateway', 'reconciler', 'authority', 'console', 'sidecar']) {
      const log = await readFile(processOf(stack, name).plan.logFile, 'utf8')
      const lines = log.split('\n').filter((line) => line !== '')
      const plain = lines.filter((line) => !/^\{"level":\d+,.*\}$/.test(line))
      expect([name, ...plain]).toEqual([name])
    }
  })
})
