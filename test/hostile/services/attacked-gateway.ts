import { isDeepStrictEqual } from 'node:util'
import { partitionOf, PARTITIONS, type Registry } from '@freshet/protocol'
import { acmeRegistry, AMY, hrChange } from '@freshet/testkit'
import { generateKey } from '@freshet/wire'
import {
  gatewayWorld,
  type GatewayWorld,
  type GatewayWorldOptions,
} from '../../gateway/gateway-world.ts'
import { gatewayOperations, type GatewaySenders } from '../../requests/gateway-requests.ts'
import { samplesOf } from '../../requests/operation.ts'
import {
  bearerOf,
  headerOf,
  jsonOf,
  pathOf,
  textOf,
  type HostileAnswer,
  type HostileRequest,
} from '../../requests/request.ts'
import type { AttackedService } from '../mutation/attacked-service.ts'
import type { Mutated } from '../mutation/mutator.ts'
import { TokenBook } from '../mutation/token-book.ts'
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
/** A registry that lets routes of an audience be opened. */
const OPENABLE: Registry = acmeRegistry({
  breakGlassMaxMs: 3_600_000,
  audiences: new Map([
    ['payments', { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }],
  ]),
})
const OPERATOR = 'operator'
const ADMIN = 'admin'

interface Signed {
  readonly source: string
}

/** The gateway’s routes, and its world. */
export interface AttackedGateway extends AttackedService {
  readonly world: GatewayWorld
}

/** The gateway over memory, with requests of two sources in each form that it reads. */
export async function attackedGateway(options: GatewayWorldOptions = {}): Promise<AttackedGateway> {
  const world = await gatewayWorld({ limits: NO_LIMITS, registry: OPENABLE, ...options })
  const book = new TokenBook<Signed>()
  const { publicJwk } = await generateKey('ES256', 'k1')
  let ids = 0
  const next = (): number => (ids += 1)
  const senders: GatewaySenders = {
    operator: OPERATOR,
    admin: ADMIN,
    assertion: (source) => book.add(world.assertion(source), { source }),
    signed: (header, payload) => book.add(world.jws('hr', header, payload), { source: 'hr' }),
    nowMs: () => world.clock.nowMs(),
    next,
    nextSequence: () => sequencesOf(world).reduce((most, n) => (n > most ? n : most), 0n) + 1n,
    quarantined(isInDoubt = false) {
      const id = world.quarantine(hrChange(BigInt(next())))
      if (isInDoubt) doubt(world, id)
      return id
    },
    keys: { keys: [publicJwk] },
  }
  return {
    name: 'gateway',
    world,
    app: world.app,
    samples: [...samplesOf(gatewayOperations, senders), ...publicSamples],
    state: () => stateOf(world),
    pause: () => world.clock.advance(PAUSE_MS),
    judge: (sent, answer, hasChanged) => judge(book, sent, answer, hasChanged),
  }
}

function sequencesOf({ database }: GatewayWorld): readonly bigint[] {
  return database.stamps
    .values()
    .flatMap(({ source, sequence }) => (source === 'iga' && sequence !== null ? [sequence] : []))
}

/** Puts a claim of the subject of a quarantined record in doubt. */
function doubt({ database }: GatewayWorld, id: string): void {
  const { e, offset } = database.quarantine.get(id)?.first ?? { e: 1n, offset: 0n }
  const place = { e, partition: partitionOf(AMY), offset }
  const row = { subject: AMY, claim: 'groups', ...place, raised: true, settled: false }
  database.doubts.set(id, row)
}

/** Returns stamps and records; the used assertions have a bound of their own. */
function stateOf({ database, writer }: GatewayWorld): readonly unknown[] {
  const versions = database.policyVersions.values()
  return [
    ...database.stamps.values(),
    ...versions,
    ...database.quarantine.values(),
    ...database.feedEpochs.values(),
    ...PARTITIONS.flatMap((each) => writer.records(each)),
  ]
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
  if (status === CREATED && path.endsWith('/epochs')) {
    const source = signerOf(book, request)
    const isOwn = decodeURIComponent(path) === `/v1/sources/${source}/epochs`
    return isOwn ? undefined : `began an epoch by ${path} for ${source}`
  }
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
  const own = `/v1/sources/${signer}`
  return [own, `${own}/state`].includes(decodeURIComponent(path))
    ? undefined
    : `showed ${path} to ${signer}`
}

const CREATED = 201

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

/** Checks that an operator gave the order, for one subject, with a reason. */
function judgeErasure(
  request: HostileRequest,
  operator: string,
  { status, body }: Pick<HostileAnswer, 'status' | 'body'>,
): string | undefined {
  if (status >= 300 || request.method !== 'POST') return undefined
  if (bearerOf(request) !== operator) return `erased for nobody: ${body}`
  const { tenant, subject, reason } = Object(jsonOf(request)) as Record<string, unknown>
  const { format, iss, sub } = Object(subject) as Record<string, unknown>
  const words = [tenant, iss, sub, reason]
  const isOrder = format === 'iss_sub' && words.every((word) => typeof word === 'string' && word)
  return isOrder ? undefined : `erased without an order: ${body}`
}

/** Checks that an admin gave the order, with a reason, and not as a dry run. */
function judgeGrant(
  request: HostileRequest,
  admin: string,
  { body, hasChanged }: { readonly body: string; readonly hasChanged: boolean },
): string | undefined {
  if (bearerOf(request) !== admin) return `opened or closed for nobody: ${body}`
  if (request.path.includes('dryRun=true') && hasChanged) return 'a dry run changed state'
  const { tenant, reason } = Object(jsonOf(request)) as Record<string, unknown>
  const isOrder = tenant === 'acme' && typeof reason === 'string' && reason !== ''
  return isOrder ? undefined : `opened or closed without an order: ${body}`
}

/** Checks that an operator gave the order, with a reason if one is needed, and not as a dry run. */
function judgeQuarantined(
  request: HostileRequest,
  operator: string,
  { status, body, hasChanged }: Pick<HostileAnswer, 'status' | 'body'> & { hasChanged: boolean },
): string | undefined {
  if (status >= 300 && hasChanged) return `changed a parked record and answered ${status}`
  if (status >= 300 || request.method !== 'POST') return undefined
  if (bearerOf(request) !== operator) return `touched a parked record for nobody: ${body}`
  if (request.path.includes('dryRun=true') && hasChanged) return 'a dry run changed state'
  const { reason } = Object(jsonOf(request)) as Record<string, unknown>
  if (!/\/(drop|clear)$/.test(pathOf(request))) return undefined
  return typeof reason === 'string' && reason !== ''
    ? undefined
    : `dropped or cleared for no reason: ${body}`
}
