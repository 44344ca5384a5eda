import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorsIn } from '@freshet/registry/lint'
import { formatChangeEvent } from '@freshet/wire'
import { hrChange, igaChange } from '@freshet/testkit'
import { parseDocument, type Document } from 'yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lintFile } from '../../packages/cli/src/commands/registry/lint-file.ts'
import { EXAMPLE_REGISTRY } from '../../packages/cli/src/stack/paths.ts'
import {
  gatewayWorld,
  type GatewayAnswer,
  type GatewayWorld,
  type Sent,
} from '../gateway/gateway-world.ts'
import { attackedAuthority } from './services/attacked-authority.ts'
import { attackedSidecar } from './services/attacked-sidecar.ts'
import { platformRequest, requestOf, textOf } from '../requests/request.ts'

const A_DAY_MS = 86_400_000

let world: GatewayWorld
beforeEach(async () => {
  world = await gatewayWorld()
})

type Event = Record<string, unknown> & { readonly data: Record<string, unknown> }
const eventOf = (change: Parameters<typeof formatChangeEvent>[0]): Event =>
  formatChangeEvent(change) as Event
const hr = (data: object = {}): Event => {
  const event = eventOf(hrChange(1n))
  return { ...event, data: { ...event.data, ...data } }
}

/** Returns the answer to a request of hr that must change nothing. */
async function refused(body: unknown, sent: Sent = {}): Promise<GatewayAnswer> {
  const before = world.produced()
  const answer = await world.post('hr', body, sent)
  expect(world.produced()).toBe(before)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  return answer
}
const bytes = (text: string, put: readonly number[]): Uint8Array => {
  const [before = '', after = ''] = text.split('staff')
  return Buffer.concat([Buffer.from(before), Buffer.from(put), Buffer.from(after)])
}

describe('bad input at the gateway is named with rule and place, and changes nothing', () => {
  const text = JSON.stringify(hr())
  const place = (pointer: string) => ({ errors: [expect.objectContaining({ pointer })] })

  it.each<[string, unknown, number, object]>([
    ['malformed JSON', text.slice(0, -1), 400, { code: 'event.malformed' }],
    [
      'duplicate keys',
      text.replace('"op":', '"claim":"department","op":'),
      400,
      place('/data/claim'),
    ],
    ['deep nesting', hr({ value: deep(40) }), 400, {}],
    ['wrong types', hr({ value: { a: 1 }, claim: 7 }), 422, { code: 'event.malformed' }],
    ['an unknown claim', hr({ claim: 'shoes' }), 422, { code: 'event.unmapped' }],
    [
      'a source writing another’s claim',
      hr({ claim: 'entitlements' }),
      403,
      { code: 'event.forbidden' },
    ],
    ['invalid UTF-8', bytes(text, [0xff]), 400, { code: 'event.malformed' }],
    ['NUL in a text', hr({ value: ['a\u0000b'] }), 400, place('/data/value/0')],
    ['a name like __proto__', text.replace('"op":', '"__proto__":{},"op":'), 400, {}],
    ['an oversized body', hr({ value: ['x'.repeat(300_000)] }), 413, { code: 'request.too-large' }],
  ])('%s', async (_, body, status, more) => {
    const answer = await refused(body)
    expect(answer).toMatchObject({ status, body: more })
    expect(String(answer.body['detail'])).not.toBe('')
  })

  it.each<[string, () => Sent]>([
    [
      'an unknown source',
      () => ({ token: world.assertion('hr', { iss: 'nobody', sub: 'nobody' }) }),
    ],
    ['a bad signature', () => ({ token: flipped(world.assertion('hr')) })],
    ['a missing signature', () => ({ token: world.assertion('hr').replace(/[^.]*$/, '') })],
    ['no assertion at all', () => ({ headers: { authorization: '' } })],
    ['an expired assertion', () => ({ token: world.assertion('hr', { exp: seconds() - 60 }) })],
  ])('%s is 401', async (_, sent) => {
    expect((await refused(hr(), sent())).status).toBe(401)
  })

  it('a replayed assertion is 401', async () => {
    const token = world.assertion('hr')
    expect((await world.post('hr', hr(), { token })).status).toBe(202)
    expect((await refused(hr(), { token })).status).toBe(401)
  })

  it('a duplicate id with the same body is answered as before, and written once', async () => {
    const first = await world.post('hr', hr())
    const again = await world.post('hr', hr())
    expect([first.status, again.status, again.body]).toEqual([202, 202, first.body])
    expect(world.produced()).toBe(1)
  })

  it('a duplicate id with another body is 409', async () => {
    await world.post('hr', hr())
    const answer = await refused(hr({ value: ['other'] }))
    expect(answer).toMatchObject({ status: 409, body: { code: 'event.conflict' } })
  })

  it('a hole in sequence is 409 and names the number that is expected', async () => {
    const answer = await world.post('iga', eventOf(igaChange(3n)))
    expect(answer).toMatchObject({ status: 409, body: { code: 'event.sequence' } })
    expect(String(answer.body['detail'])).toMatch(/\b1\b/)
    expect(world.produced()).toBe(0)
  })

  it('two senders with one source’s key: each number has one event, and the answer to the other names it', async () => {
    const other = eventOf(igaChange(1n, { id: 'iga-of-another-sender', values: ['b'] }))
    const answers = await Promise.all([
      world.post('iga', eventOf(igaChange(1n))),
      world.post('iga', other),
    ])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 409]))
    expect(world.produced()).toBe(1)
  })

  it('an event dated a day ahead is taken, for clocks order nothing and a loss must not wait', async () => {
    const occurredAt = new Date(world.clock.nowMs() + A_DAY_MS).toISOString()
    expect((await world.post('hr', hr({ occurredAt }))).status).toBe(202)
    const later = eventOf(hrChange(2n))
    expect((await world.post('hr', later)).status).toBe(202)
    expect(world.produced()).toBe(2)
  })

  it('a heartbeat of a day ahead is no lease: minting refuses it as a silence', async () => {
    const attacked = await attackedAuthority()
    attacked.setSourceTimes(A_DAY_MS)
    const exchange = attacked.samples.find(({ name }) => name === 'exchange')
    const answer = await attacked.app.request(
      platformRequest((await exchange?.make()) as never) as Request,
    )
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'mint.unverified' })
  })

  const seconds = (): number => Math.floor(world.clock.nowMs() / 1_000)
})

function deep(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels))
}

/** Changes a letter in the middle of the signature. */
function flipped(jwt: string): string {
  const at = jwt.length - 20
  return jwt.slice(0, at) + (jwt[at] === 'A' ? 'B' : 'A') + jwt.slice(at + 1)
}

describe('an undeclared audience', () => {
  it('is refused by the authority, like one that the client may not have', async () => {
    const { app, samples } = await attackedAuthority()
    const valid = await samples.find(({ name }) => name === 'exchange')?.make()
    for (const audience of ['nobody', 'ledger']) {
      const form = textOf(valid as never).replace('audience=payments', `audience=${audience}`)
      const request = requestOf(
        'POST',
        '/oauth/token',
        Object.fromEntries(valid?.headers ?? []),
        form,
      )
      const answer = await app.request(platformRequest(request) as Request)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: 'invalid_target' })
    }
  })

  it('is denied by an edge', async () => {
    const { app, samples } = await attackedSidecar()
    const sample = samples.find(({ name }) => name === 'a token seen before')
    const { token } = JSON.parse(textOf((await sample?.make()) as never)) as {
      readonly token: string
    }
    const question = requestOf(
      'POST',
      '/v1/check',
      { 'content-type': 'application/json' },
      { token, audience: 'nobody' },
    )
    const answer = await app.request(platformRequest(question) as Request)
    expect(await answer.json()).toMatchObject({ decision: expect.stringMatching(/deny|challenge/) })
  })
})

describe('a registry', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-bad-registry-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  /** Returns the findings of the example after this edit. */
  async function findings(edit: (registry: Document) => void, replace = (text: string) => text) {
    const registry = parseDocument(await readFile(EXAMPLE_REGISTRY, 'utf8'))
    edit(registry)
    const file = join(dir, 'registry.yaml')
    await writeFile(file, replace(registry.toString()))
    const { findings: found } = await lintFile(file, { keys: false })
    return errorsIn(found)
  }

  it('with a cycle is named at each claim of it', async () => {
    const found = await findings((registry) => {
      registry.setIn(['claims', 'groups', 'from'], ['entitlements'])
      registry.setIn(['claims', 'entitlements', 'from'], ['groups'])
    })
    expect(found.map(({ place }) => place)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('/claims/groups'),
        expect.stringContaining('/claims/entitlements'),
      ]),
    )
  })

  it('with a missing owner is named at its claim', async () => {
    const found = await findings(
      (registry) => void registry.deleteIn(['claims', 'groups', 'owner']),
    )
    expect(found).toMatchObject([{ place: '/claims/groups/owner' }])
  })

  it('with two sources for one claim is named with line and column', async () => {
    const groups = '  groups:\n    source: hr'
    const twice = (text: string) => text.replace(groups, `${groups}\n    source: iga`)
    expect(await findings(() => {}, twice)).toMatchObject([
      { code: 'claim.two-sources', place: '/claims/groups/source', column: 5 },
    ])
  })
})
