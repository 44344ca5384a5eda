import { isDeepStrictEqual } from 'node:util'
import { PARTITIONS } from '@freshet/protocol'
import { ACME_IDP, hrChange, igaChange } from '@freshet/testkit'
import { formatChangeEvent, generateKey, type Jwks } from '@freshet/wire'
import { gatewayWorld, STRUCTURED, type GatewayWorld } from '../../gateway/gateway-world.ts'
import { documentOf } from '../../gateway/published-document.ts'
import type { AttackedService, Sample } from '../mutation/attacked-service.ts'
import type { Mutated } from '../mutation/mutator.ts'
import {
  bearerOf,
  headerOf,
  jsonOf,
  pathOf,
  requestOf,
  textOf,
  type HostileAnswer,
  type HostileRequest,
} from '../mutation/request.ts'
import { TokenBook } from '../mutation/token-book.ts'
import { erasureSamples, judgeErasure } from './erasure-samples.ts'
import { judgeGrant, OPENABLE, grantSamples } from './grant-samples.ts'
import { judgeQuarantined, quarantinedSamples } from './quarantine-samples.ts'
import { publicSamples } from './quiet-app.ts'

const NO_LIMITS = {
  eventsPerSecond: 1e9,
  bytesPerSecond: 1e12,
  requestsPerSecond: 1e9,
  eventsInFlight: 1e6,
}
/** The time between requests, in which budgets of questions and heartbeats fill up again. */
const PAUSE_MS = 200
const SIGNED = ['application/jose', 'application/secevent+jwt']
/** The claims of each source in the registry of the world; the account belongs to hr. */
const OWNED: Readonly<Record<string, readonly string[]>> = {
  hr: ['groups', 'department'],
  iga: ['entitlements'],
}
const ACCOUNT_OPS: readonly unknown[] = [
  'disabled',
  'enabled',
  'deleted',
  'sessions-revoked',
  'credential-changed',
  'credential-compromised',
]
const OPERATOR = 'operator'
const ADMIN = 'admin'
const DISABLED = 'https://schemas.openid.net/secevent/risc/event-type/account-disabled'

interface Signed {
  readonly source: string
}

/** The gateway over memory, with requests of two sources in each form that it reads. */
export async function attackedGateway(): Promise<AttackedService> {
  const world = await gatewayWorld({ limits: NO_LIMITS, registry: OPENABLE })
  const book = new TokenBook<Signed>()
  const { publicJwk } = await generateKey('ES256', 'k1')
  return {
    name: 'gateway',
    app: world.app,
    samples: samplesOf(world, book, { keys: [publicJwk] }),
    state: () => stateOf(world),
    pause: () => world.clock.advance(PAUSE_MS),
    judge: (sent, answer, hasChanged) => judge(book, sent, answer, hasChanged),
  }
}

/** Returns stamps and records; the used assertions have a bound of their own. */
function stateOf({ database, writer }: GatewayWorld): readonly unknown[] {
  const versions = database.policyVersions.values()
  return [
    ...database.stamps.values(),
    ...versions,
    ...database.quarantine.values(),
    ...PARTITIONS.flatMap((each) => writer.records(each)),
  ]
}

function samplesOf(world: GatewayWorld, book: TokenBook<Signed>, keys: Jwks): readonly Sample[] {
  let ids = 0
  const bearer = (source: string): string =>
    `Bearer ${book.add(world.assertion(source), { source })}`
  const hr = (): unknown => {
    ids += 1
    return formatChangeEvent(hrChange(BigInt(ids)))
  }
  const set = (): object => {
    ids += 1
    return {
      iss: 'hr',
      jti: `hr-set-${ids}`,
      iat: Math.floor(world.clock.nowMs() / 1_000),
      sub_id: { format: 'iss_sub', iss: ACME_IDP, sub: 'alice' },
      events: { [DISABLED]: {} },
      freshet: { tenant: 'acme', sourceVersion: String(ids) },
    }
  }
  const iga = (): unknown => {
    const sequences = world.database.stamps
      .values()
      .map(({ source, sequence }) => (source === 'iga' ? sequence : null))
    const next =
      sequences.reduce<bigint>((most, each) => (each !== null && each > most ? each : most), 0n) +
      1n
    return formatChangeEvent(igaChange(next))
  }
  const changes = (type: string, source: string, body: () => unknown) => () =>
    requestOf(
      'POST',
      '/v1/changes',
      { 'content-type': type, authorization: bearer(source) },
      body(),
    )
  const jose = (type: string, header: object, payload: () => unknown) => () => {
    const body = book.add(world.jws('hr', header, payload() as object), { source: 'hr' })
    return requestOf('POST', '/v1/changes', { 'content-type': type }, body)
  }
  const sample = (name: string, route: string, make: Sample['make']): Sample => ({
    name,
    route,
    make,
  })
  const operator = { 'content-type': 'application/json', authorization: `Bearer ${OPERATOR}` }
  const heartbeat = (): object => ({
    tenant: 'acme',
    through: new Date(world.clock.nowMs()).toISOString(),
  })
  return [
    sample('structured', 'POST /v1/changes', changes(STRUCTURED, 'hr', hr)),
    sample('dense', 'POST /v1/changes', changes(STRUCTURED, 'iga', iga)),
    sample(
      'batch',
      'POST /v1/changes',
      changes('application/cloudevents-batch+json', 'hr', () => [hr(), hr()]),
    ),
    sample('signed', 'POST /v1/changes', jose('application/jose', { typ: 'cloudevents+json' }, hr)),
    sample(
      'SET',
      'POST /v1/changes',
      jose('application/secevent+jwt', { typ: 'secevent+jwt' }, set),
    ),
    sample('binary', 'POST /v1/changes', () => binary(hr(), bearer('hr'))),
    sample('heartbeat', 'POST /v1/heartbeats', () =>
      requestOf(
        'POST',
        '/v1/heartbeats',
        { 'content-type': 'application/json', authorization: bearer('hr') },
        heartbeat(),
      ),
    ),
    sample('cut-off', 'POST /v1/cut-offs', () =>
      requestOf('POST', '/v1/cut-offs', operator, {
        op: 'deny',
        tenant: 'acme',
        scope: 'token',
        target: `t${(ids += 1)}`,
      }),
    ),
    ...grantSamples({ ...operator, authorization: `Bearer ${ADMIN}` }),
    ...erasureSamples(operator),
    sample('policy version', 'POST /v1/registry', () =>
      requestOf(
        'POST',
        '/v1/registry',
        { ...operator, authorization: `Bearer ${ADMIN}` },
        JSON.parse(documentOf((ids += 1), keys)),
      ),
    ),
    ...quarantinedSamples(world, operator, () => BigInt((ids += 1))),
    sample('its own view', 'GET /v1/sources/:source', () =>
      requestOf('GET', '/v1/sources/hr?tenant=acme', { authorization: bearer('hr') }),
    ),
    ...publicSamples,
  ]
}

/** Returns a request in the HTTP binding: attributes in headers, and only the data in the body. */
function binary(event: unknown, authorization: string): HostileRequest {
  const { data, ...attributes } = event as Record<string, unknown>
  const headers = Object.entries(attributes).filter(([name]) => name !== 'datacontenttype')
  return requestOf(
    'POST',
    '/v1/changes',
    {
      'content-type': 'application/json',
      authorization,
      ...Object.fromEntries(
        headers.map(([name, value]) => [`ce-${name}`, encodeURIComponent(String(value))]),
      ),
    },
    data,
  )
}

function judge(
  book: TokenBook<Signed>,
  { request }: Mutated,
  { status, body }: HostileAnswer,
  hasChanged: boolean,
): string | undefined {
  const path = pathOf(request)
  const isOpen = request.method !== 'POST' && (path === '/v1/version' || !path.startsWith('/v1/'))
  if (path === '/v1/registry') return judgeVersion(request, { status, body }, hasChanged)
  if (path === '/v1/erasures') return judgeErasure(request, OPERATOR, { status, body })
  if (path.startsWith('/v1/quarantine/'))
    return judgeQuarantined(request, OPERATOR, { status, body, hasChanged })
  const taken = acceptedIn(status, body)
  if (taken.length === 0 && hasChanged) return `changed state and answered ${status}`
  if (status >= 300 && taken.length === 0) return undefined
  if (isOpen) return undefined
  if (path === '/v1/cut-offs') return judgeCutOff(request, body, hasChanged)
  if (path.startsWith('/v1/openings')) return judgeGrant(request, ADMIN, { body, hasChanged })
  const signer = signerOf(book, request)
  if (signer === undefined) return `let in what nobody signed: ${status} ${body}`
  if (path === '/v1/changes' && request.method === 'POST')
    return judgeChanges(request, signer, taken)
  if (path === '/v1/heartbeats') return judgeHeartbeat(request, signer)
  return decodeURIComponent(path) === `/v1/sources/${signer}`
    ? undefined
    : `showed ${path} to ${signer}`
}

/** Returns the places in the request whose event was accepted; -1 for a request that is one event. */
function acceptedIn(status: number, body: string): readonly number[] {
  const items: unknown =
    status === 202 || body.includes('"items"') ? Object(JSON.parse(body))['items'] : []
  if (!Array.isArray(items)) return status === 202 ? [-1] : []
  return items.flatMap((item, at) => (Object(item)['status'] === 202 ? [at] : []))
}

/** Returns whether the body has a signature of its own, so that no bearer counts. */
function signsItself(request: HostileRequest): boolean {
  const [type = ''] = (headerOf(request, 'content-type') ?? '').split(';')
  return request.method === 'POST' && SIGNED.includes(type.trim().toLowerCase())
}

function signerOf(book: TokenBook<Signed>, request: HostileRequest): string | undefined {
  if (signsItself(request)) return book.find(textOf(request).trim())?.source
  return book.find(bearerOf(request) ?? '')?.source
}

/**
 * Checks that each accepted event is one that its signer is allowed to send. A signed body was read when it
 * was signed.
 */
function judgeChanges(
  request: HostileRequest,
  signer: string,
  taken: readonly number[],
): string | undefined {
  const json = jsonOf(request)
  if (signsItself(request)) return undefined
  const events = taken.map((at) => (at < 0 ? eventOf(request, json) : Object(json)[at]) as unknown)
  const wrong = events.find((event) => !mayState(signer, event))
  return wrong === undefined ? undefined : `took of ${signer}: ${JSON.stringify(wrong)}`
}

function eventOf(request: HostileRequest, json: unknown): unknown {
  const attribute = (name: string): string =>
    decodeURIComponent(headerOf(request, `ce-${name}`) ?? '')
  if (headerOf(request, 'ce-specversion') === undefined || Object(json)['data'] !== undefined)
    return json
  const names = ['specversion', 'id', 'source', 'type']
  return { ...Object.fromEntries(names.map((name) => [name, attribute(name)])), data: json }
}

function mayState(signer: string, event: unknown): boolean {
  const { specversion, source, type, id, data } = Object(event) as Record<string, unknown>
  const { tenant, claim, op, subject } = Object(data) as Record<string, unknown>
  const envelope = [specversion, source, type, tenant]
  if (!isDeepStrictEqual(envelope, ['1.0', signer, 'dev.freshet.change.v1', 'acme'])) return false
  if (typeof id !== 'string' || id === '') return false
  const owned: readonly unknown[] = OWNED[signer] ?? []
  if (op === 'snapshot-begin' || op === 'snapshot-end') return owned.length > 0
  if (claim !== undefined) return owned.includes(claim)
  return signer === 'hr' && ACCOUNT_OPS.includes(op) && Object(subject)['format'] === 'iss_sub'
}

function judgeHeartbeat(request: HostileRequest, signer: string): string | undefined {
  if (signsItself(request)) return undefined
  const { tenant, through } = Object(jsonOf(request)) as Record<string, unknown>
  const isOne = tenant === 'acme' && !Number.isNaN(Date.parse(String(through)))
  return isOne ? undefined : `took a heartbeat of ${signer} that says nothing`
}

/** Checks that an admin gave the order, and not as a dry run; a refused version is not stored. */
function judgeVersion(
  request: HostileRequest,
  { status, body }: Pick<HostileAnswer, 'status' | 'body'>,
  hasChanged: boolean,
): string | undefined {
  if (status >= 300 && hasChanged) return `kept a version and answered ${status}`
  if (status >= 300 || request.method !== 'POST') return undefined
  if (bearerOf(request) !== ADMIN) return `kept a version for nobody: ${body}`
  if (request.path.includes('dryRun=true') && hasChanged) return 'a dry run changed state'
  const { registry } = Object(jsonOf(request)) as { readonly registry?: { version?: unknown } }
  return Number.isInteger(registry?.version) ? undefined : `kept what is no registry: ${body}`
}

/** Checks that an operator gave the order, in an existing tenant, and not as a dry run. */
function judgeCutOff(
  request: HostileRequest,
  body: string,
  hasChanged: boolean,
): string | undefined {
  const { op, tenant } = Object(jsonOf(request)) as Record<string, unknown>
  if (bearerOf(request) !== OPERATOR) return `carried out for nobody: ${body}`
  if (request.path.includes('dryRun=true') && hasChanged) return 'a dry run changed state'
  const isOne = (op === 'deny' || op === 'cut-off') && tenant === 'acme'
  return isOne ? undefined : `carried out ${JSON.stringify([op, tenant])}`
}
