import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJwks, parseChangeEvent, verifySourceAssertion } from '@freshet/wire'
import type { Health } from '@freshet/insight'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedCause, fixedHealth, fixedStatus, fixedChange } from '../test/fixed-status.ts'
import {
  answeringServer,
  type AnsweringServer,
  type Answer,
  type ReceivedRequest,
} from '../test/answering-server.ts'
import { recordedRun, type RecordedRun } from '../test/recorded-run.ts'
import { recordingShell } from './recording-shell.ts'
import { runCommand } from './run-command.ts'
import { devFileIn, writeDevFile } from './stack/dev-file.ts'
import { writeKey, type KeyFile } from './stack/key-files.ts'
import { EXAMPLE_REGISTRY } from './stack/paths.ts'

const ISS = 'https://idp.acme.example'

let dir: string
let server: AnsweringServer
let url: string
let hr: KeyFile
let requests: readonly ReceivedRequest[]

/** One server plays every service; the description names it for all of them. */
beforeEach(async () => {
  server = await answeringServer()
  ;({ url, requests } = server)
  dir = await mkdtemp(join(tmpdir(), 'freshet-on-stack-'))
  await mkdir(join(dir, '.freshet'))
  hr = await writeKey(dir, 'hr', 'ES256')
  const idp = await writeKey(dir, 'idp', 'ES256')
  const noKeys = { checkpoints: '', stamps: '', audit: '', vouchers: '' }
  await writeDevFile(devFileIn(dir), {
    apiVersion: 'freshet.dev/v1',
    tenant: 'acme',
    kafka: { brokers: [], kind: '' },
    gateway: { url },
    reconciler: { url },
    authority: { url, issuer: url },
    sidecar: { url, proxyUrl: url },
    'sidecar:2': { url, proxyUrl: url },
    console: { url },
    admin: { token: 'admin' },
    registry: '',
    keys: { ...noKeys, tokens: join(dir, 'tokens.keys.json') },
    postgres: { url: '', kind: '' },
    processes: { console: process.pid },
    sources: { hr },
    idp: { issuer: ISS, ...idp },
    clients: { 'payments-web': { id: 'payments-web', secret: 's' } },
  })
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

const freshet = (line: string, input = ''): Promise<RecordedRun> =>
  recordedRun(line, { cwd: dir, readInput: () => Promise.resolve(input) })

describe('change emit', () => {
  const emit = 'change emit --source hr --subject alice --claim groups --op remove --value a'
  const accepted: Answer = [202, { id: 'hr-1', partition: 3, offset: '7' }]

  it('sends an event that is signed with the source’s key, for this gateway', async () => {
    server.answers = { 'GET /v1/sources/hr': [200, {}], 'POST /v1/changes': accepted }
    const { code, out } = await freshet(`${emit} --id hr-1`)
    expect([code, out]).toEqual([0, 'hr-1 is accepted at 3/7\nnext: freshet change explain hr-1\n'])
    const [, post] = requests
    const keys = importJwks(JSON.parse(await readFile(hr.jwksFile, 'utf8')))
    const jwt = (post?.authorization ?? '').replace('Bearer ', '')
    const authenticity = { macKeys: [], sourceKeys: () => keys }
    const terms = { audience: url, nowMs: Date.now(), keys: authenticity }
    expect((await verifySourceAssertion(jwt, terms)).source).toBe('hr')
    const { change } = parseChangeEvent(JSON.parse(post?.body ?? ''))
    expect(change).toMatchObject({
      id: 'hr-1',
      source: 'hr',
      tenant: 'acme',
      subject: { tenant: 'acme', iss: ISS, sub: 'alice' },
      claim: 'groups',
      op: 'remove',
      values: ['a'],
    })
    expect(change).not.toHaveProperty('sequence')
  })

  it.each([
    ['the one that the gateway expects', '', 12n],
    ['the one that was given', ' --sequence 99', 99n],
  ])('numbers the event of a dense source with %s', async (_, more, sequence) => {
    server.answers = { 'GET /v1/sources/hr': [200, { next: '12' }], 'POST /v1/changes': accepted }
    await freshet(`${emit}${more}`)
    const body: unknown = JSON.parse(requests.at(-1)?.body ?? '')
    expect(parseChangeEvent(body).change).toMatchObject({ sequence })
  })

  it('that waits prints the waterfall, or the console’s answer as data', async () => {
    const change = fixedChange()
    server.answers = {
      'GET /v1/sources/hr': [200, {}],
      'POST /v1/changes': accepted,
      'GET /v1/changes/hr-1': [200, { apiVersion: 'freshet.dev/v1', items: [change] }],
    }
    expect((await freshet(`${emit} --wait applied`)).out).toContain('edges 2/2')
    expect(JSON.parse((await freshet(`${emit} --wait applied -o jsonl`)).out)).toEqual(change)
  })

  it.each(['quarantined', 'doubtful'])(
    'that waits fails where the change was %s',
    async (outcome) => {
      const change = fixedChange({ outcome, tightened: false, state: 'recorded', edges: [] })
      server.answers = {
        'GET /v1/sources/hr': [200, {}],
        'POST /v1/changes': accepted,
        'GET /v1/changes/hr-1': [200, { items: [change] }],
      }
      const { code, err } = await freshet(`${emit} --wait applied`)
      expect(code).toBe(1)
      expect(err).toContain(outcome)
    },
  )

  it('shows a refusal with every place, and ends by its status', async () => {
    const errors = [{ pointer: '/data/value', rule: 'is too long' }]
    const problem = { code: 'event.malformed', detail: 'The event breaks rules.', errors }
    server.answers = { 'GET /v1/sources/hr': [200, {}], 'POST /v1/changes': [422, problem] }
    const { code, out, err } = await freshet(emit)
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('/data/value: is too long')
  })
})

describe('how everything stands', () => {
  const answerHealth = (more: Partial<Health>): void => {
    server.answers = {
      'GET /v1/health': [200, { apiVersion: 'freshet.dev/v1', ...fixedHealth(more) }],
      'GET /v1/status': [200, fixedStatus()],
      'GET /v1/edges': [200, { items: [] }],
      'GET /readyz': [200, {}],
      'GET /v1/version': [200, { version: '0.1.0' }],
    }
  }

  it('is 0 where all is well, and asks every service of the stack', async () => {
    answerHealth({})
    const { code, out } = await freshet('status --all')
    expect([code, out]).toEqual([0, expect.stringMatching(/^FRESH since/m)])
    for (const service of ['gateway', 'reconciler', 'authority', 'sidecar', 'sidecar:2', 'console'])
      expect(out).toMatch(new RegExp(`^${service} +ready`, 'm'))
  })

  it('is 10 if a check fails, and the data name the check', async () => {
    answerHealth({ state: 'not-fresh', causes: [fixedCause] })
    const { code, out } = await freshet('status -o json')
    const same = { healthy: false, state: 'not-fresh', causes: [fixedCause] }
    expect([code, JSON.parse(out)]).toEqual([10, expect.objectContaining(same)])
  })

  it('is 10 and the verdict alone where the console does not know the route', async () => {
    server.answers = { 'GET /readyz': [200, {}], 'GET /v1/version': [200, { version: '0.0.9' }] }
    const { code, out } = await freshet('status -o json')
    const unknown = { state: 'unknown', since: null, causes: [{ object: 'console' }] }
    expect(code).toBe(10)
    expect(JSON.parse(out)).toMatchObject(unknown)
  })

  it('can be watched until it is interrupted, one line each', async () => {
    answerHealth({})
    const stop = new AbortController()
    const lines: string[] = []
    const out = (line: string): void => {
      lines.push(line)
      if (lines.length === 2) stop.abort()
    }
    const shell = recordingShell({ cwd: dir, signal: stop.signal, out })
    expect(await runCommand(['status', '--watch', '-o', 'jsonl'], shell)).toBe(0)
    expect(lines.map((line) => (JSON.parse(line) as { healthy: boolean }).healthy)).toEqual([
      true,
      true,
    ])
  })

  it('shows the registry claim by claim', async () => {
    const claim = { claim: 'groups', source: 'hr', owner: 'iam', kind: 'authoritative' }
    const claims = [{ ...claim, maxTtlMs: 600_000, onUnverified: 'deny', audiences: ['payments'] }]
    const none = { cutOffShare: null, breakGlassMaxMs: null, policySchema: null }
    const parts = { tenants: [], sources: [], audiences: [], clients: [], slo: [], versions: [] }
    const version = { version: 3, hash: 'h', account: 'hr', cutOffs: [], claims }
    const registry = { ...version, ...none, ...parts }
    server.answers = { 'GET /v1/registry': [200, registry] }
    expect((await freshet('registry show')).out).toContain('groups  hr      iam')
    expect(JSON.parse((await freshet('registry show -o jsonl')).out)).toEqual(claims[0])
  })
})

it.each([
  ['slo report --fail-on-breach', 'breached', 10],
  ['slo report --burn --fail-on-breach -o json', 'breached', 10],
  ['slo report --fail-on-breach', 'no-data', 0],
])('%s with a service level that is %s ends with %i', async (line, state, code) => {
  const level = { name: 'one', state, burn: [], good: 1, valid: 2, ratio: 0.5, target: 0.999 }
  server.answers = { 'GET /v1/slos': [200, { items: [level], latest: null, measuredAt: 'now' }] }
  expect((await freshet(line)).code).toBe(code)
})

it('lag is printed line by line, of recording and of edges', async () => {
  const behind = { partition: 0, position: '1', head: '1', records: '0', behindMs: 0 }
  server.answers = {
    'GET /v1/lag': [200, { recording: [behind], edges: [{ edge: 'a', ...behind }] }],
  }
  expect((await freshet('lag -o jsonl')).out).toMatch(/"reader":"recording"[^]*\n.*"reader":"edge"/)
})

describe('registry diff', () => {
  it('prints how many outstanding tokens of the stack each difference is about', async () => {
    const one = await readFile(EXAMPLE_REGISTRY, 'utf8')
    await writeFile(join(dir, 'two.yaml'), one.replace('ttl: 5m', 'ttl: 2m'))
    const kind = { tenant: 'acme', client: 'payments-web', claims: ['groups'] }
    const kinds = [
      { ...kind, audience: 'payments', tokens: 7 },
      { ...kind, audience: 'other', tokens: 5 },
    ]
    const at = '2026-11-24T10:00:00.000Z'
    server.answers = { 'GET /v1/registry/outstanding': [200, { at, isComplete: true, kinds }] }
    const line = `registry diff ${EXAMPLE_REGISTRY} ${join(dir, 'two.yaml')}`
    const { code, out } = await freshet(line)
    expect([code, out]).toEqual([
      0,
      'takes away, also from outstanding tokens:\n' +
        '  /audiences/payments/ttl: tokens for payments live 2m, not 5m (7 tokens)\n' +
        'what tightens touches 7 of 12 tokens outstanding\n',
    ])
    const { tokens } = JSON.parse((await freshet(`${line} -o json`)).out) as { tokens: unknown }
    expect(tokens).toEqual({ at, isComplete: true, outstanding: 12, tightened: 7 })
    server.answers = { 'GET /v1/registry/outstanding': [200, { at, isComplete: false, kinds }] }
    expect((await freshet(line)).out).toContain('at least 7 of at least 12 tokens')
  })

  it('asks no stack with --no-stack', async () => {
    const line = `registry diff ${EXAMPLE_REGISTRY} ${EXAMPLE_REGISTRY} --no-stack -o json`
    const { code, out } = await freshet(line)
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ tokens: null })])
    expect(requests).toEqual([])
  })
})

describe('token', () => {
  it('mint exchanges a token of the identity provider, by the client’s secret', async () => {
    server.answers = { 'POST /oauth/token': [200, { access_token: 'a.b.c', expires_in: 300 }] }
    const { code, out } = await freshet('token mint --subject alice --audience payments')
    expect([code, out]).toEqual([0, 'a.b.c\n'])
    const [post] = requests
    expect(post?.authorization).toBe(`Basic ${btoa('payments-web:s')}`)
    const form = new URLSearchParams(post?.body)
    expect(form.get('audience')).toBe('payments')
    const payload = form.get('subject_token')?.split('.')[1] ?? ''
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    expect(claims).toMatchObject({ iss: ISS, sub: 'alice', aud: url })
  })

  it('mint ends with 3 for a client that the stack has not', async () => {
    const line = 'token mint --subject alice --audience payments --client other'
    expect((await freshet(line)).code).toBe(3)
  })

  it('mint ends with 4 while a source is silent: it may heal', async () => {
    const refusal = { error: 'temporarily_unavailable', error_description: 'hr is silent.' }
    server.answers = { 'POST /oauth/token': [503, refusal] }
    const { code, err } = await freshet('token mint --subject alice --audience payments')
    expect(code).toBe(4)
    expect(err).toContain('hr is silent.')
  })

  it.each([
    ['allow', 0],
    ['deny', 11],
    ['challenge', 11],
  ])('check that is answered with %s ends with %i', async (decision, code) => {
    server.answers = { 'POST /v1/check': [200, { decision, claims: {}, viewAgeMs: 1 }] }
    const line = 'token check - --require groups=a,b --require groups=c --require entitlements=x=y'
    expect((await freshet(line, ' a.b.c\n')).code).toBe(code)
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      token: 'a.b.c',
      require: { groups: ['a', 'b', 'c'], entitlements: ['x=y'] },
    })
  })

  it('explain sends a whole token in a body, never in a URL', async () => {
    await freshet('token explain -', 'a.b.c')
    await freshet('token explain j1')
    expect(requests.map(({ route }) => route)).toEqual([
      'POST /v1/tokens/explain',
      'GET /v1/tokens/j1',
    ])
    expect(requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer admin',
      'Bearer admin',
    ])
  })
})
