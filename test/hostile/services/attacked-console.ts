import {
  createObservatory,
  HealthWatch,
  type EvidenceStore,
  type ObservatoryStore,
  type PrefixStore,
  type SliStore,
} from '@freshet/insight'
import type { AuditReader } from '@freshet/audit'
import { FreshetError, PARTITIONS, subjectKey } from '@freshet/protocol'
import {
  MemoryDatabase,
  memoryAuditLog,
  memoryMintStore,
  memoryQuarantineStore,
} from '@freshet/memory'
import {
  acmeRegistry,
  ALICE,
  EDGE_ISSUER,
  edgeWorld,
  hrChange,
  loggedChange,
  MEASURED_SLOS,
} from '@freshet/testkit'
import { registryDocument } from '@freshet/registry'
import { chainStart } from '@freshet/wire'
import { adminTokenHash, createLogger, randomId, type OnRefusal } from '@freshet/runtime'
import { Sessions } from '../../../services/console/src/admission/sessions.ts'
import type { ConsoleParts } from '../../../services/console/src/console-parts.ts'
import { loginSeal, type LoginSeal } from '../../../services/console/src/login/sealed-login.ts'
import { CALLBACK } from '../../../services/console/src/login/openid-provider.ts'
import { LOGOUT, type OpenIdLogin } from '../../../services/console/src/login/openid-routes.ts'
import type { LoginProvider } from '../../../services/console/src/login/login-provider.ts'
import { conforming } from '../../setup/conforming-app.ts'
import { addOpenApi } from '../../../services/console/src/openapi.ts'
import {
  addPageRoutes,
  OBJECT_PAGES,
  PAGES,
} from '../../../services/console/src/pages/page-routes.ts'
import { addConsoleRoutes } from '../../../services/console/src/routes.ts'
import { StreamHub } from '../../../services/console/src/stream/stream-hub.ts'
import { quarantinedBefore } from '../../gateway/quarantine-reader.ts'
import type { AttackedService, Sample } from '../mutation/attacked-service.ts'
import {
  bearerOf,
  pathOf,
  requestOf,
  type HostileAnswer,
  type HostileRequest,
} from '../mutation/request.ts'
import { publicSample, publicSamples, quietApp } from './quiet-app.ts'

const DOCUMENT = registryDocument({ version: 1, account: 'hr', sources: {}, claims: {} }, new Map())
const ADMIN = 'admin-token-of-this-test'
const LOGOUT_TOKEN = 'the-logout-token'
const ANSWER = '?code=the-code&state=s'
const UNLIMITED = { perSecond: 1e9, burst: 1e9 }
const FORM = 'application/x-www-form-urlencoded'
const HASH = 'hash-of-the-registry'
const PAYMENTS = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }
const AUDIENCES = new Map([['payments', PAYMENTS]])
const [LEVEL] = MEASURED_SLOS as readonly [(typeof MEASURED_SLOS)[number]]

const FILE = { type: 'text/html', bytes: new Uint8Array() }
const PAGE_FILES = { document: FILE, assets: new Map([['index-a.js', FILE]]) }

/** The members of a console that differ from the usual ones. */
export interface ConsoleOptions {
  readonly onRefusal?: OnRefusal
  readonly database?: MemoryDatabase
  readonly parts?: (usual: ConsoleParts) => ConsoleParts
}

/** The console’s routes, and the record in its quarantine. */
export interface AttackedConsole extends AttackedService {
  readonly app: ReturnType<typeof quietApp>
  readonly quarantinedId: string
  /** The cookie of a browser whose login is under way. */
  readonly loginCookie: string
}

/** Returns a store whose reads find nothing but this. */
function finding<Store extends object>(found: Partial<Store>): Store {
  const nothing = async (): Promise<readonly never[]> => []
  return new Proxy(found, { get: (target, name) => Reflect.get(target, name) ?? nothing }) as Store
}

/** Returns the stores that the console reads: they have one change, and one apply of an edge. */
function storesOfOneChange(nowMs: number) {
  const change = loggedChange()
  const applied = { edge: 'edge-1', partition: 3, upTo: 9n, reportedAtMs: nowMs }
  const changes = async () => [change]
  const store = finding<ObservatoryStore>({
    changes: async (id) => (id === change.id ? [change] : []),
    changesOf: changes,
    latestOf: changes,
    recent: changes,
    pipeline: async () => {
      const none = { missed: [], contradictions: [], doubts: [], omitted: [], grants: [] }
      return { partitions: [], feeds: [], ...none, latest: change }
    },
    uncountedEdges: async () => 0,
    latestApplies: async () => [{ ...applied, appliedAtMs: nowMs, appendedAtMs: nowMs - 4 }],
  })
  return {
    store,
    slis: finding<SliStore>({ latency: async () => ({ cells: [], stages: [], isCut: false }) }),
    evidence: finding<EvidenceStore>({
      holders: async () => ({ items: [], next: null }),
      issued: async () => undefined,
      outstanding: async () => ({ kinds: [], isComplete: true }),
      decisions: async () => ({ decided: 0, denied: 0 }),
      tokens: async () => {
        const counts = { stale: 0, ofLeavers: 0, ofLeaversUnmarked: 0 }
        return { counted: 0, isComplete: true, ...counts, lives: [] }
      },
    }),
    auditReader: finding<AuditReader>({
      status: async (stream) => {
        const pending = { count: 0, oldestAtMs: null }
        return { ...chainStart(stream), pruned: null, pending }
      },
      issuances: async () => new Map(),
    }),
    prefixes: finding<PrefixStore>({}),
  }
}

/** The console’s routes: one change, one edge, and tokens of a world whose sources are live. */
export async function attackedConsole(options: ConsoleOptions = {}): Promise<AttackedConsole> {
  const world = await edgeWorld()
  const { clock } = world
  const { database = new MemoryDatabase(), parts: changed = (usual) => usual } = options
  const { store, ...stores } = storesOfOneChange(clock.nowMs())
  const quarantined = quarantinedBefore(database, () => clock.nowMs())
  const quarantinedId = quarantined.quarantine(hrChange(1n))
  const throughMs = new Map(['hr', 'iga', 'security'].map((source) => [source, clock.nowMs()]))
  const partition = { e: 1n, activePv: 1, activeHash: HASH, minimumPv: 1, throughMs }
  const recheckAnswer = {
    partitions: new Map(PARTITIONS.map((number) => [number, partition])),
    watermarks: new Map(),
    denials: new Map(),
  }
  const known = {
    token: tokenOf(),
    iatMs: clock.nowMs(),
    expMs: clock.nowMs() + 300_000,
    mark: null,
  }
  const ledger = {
    find: () => Promise.resolve(known as never),
    recheck: () => Promise.resolve(recheckAnswer),
  }
  const app = quietApp(clock, options.onRefusal)
  const seal = loginSeal(new Uint8Array(32), () => clock.nowMs())
  const login = await seal.seal({ state: 's', nonce: 'n', verifier: 'v', to: '/slos' })
  const hub = new StreamHub('test')
  // A stream that has ended is answered whole.
  hub.close()
  const usual: ConsoleParts = {
    observatory: createObservatory({ store, clock }),
    health: new HealthWatch(clock.nowMs()),
    ...stores,
    slos: [LEVEL],
    clock,
    reader: {
      bounds: () => Promise.resolve([{ partition: 0, earliest: 0n, end: 9n }]),
      read: quarantined.reader.read,
    },
    quarantine: memoryQuarantineStore(database),
    logger: createLogger('test', 'silent'),
    judging: { ledger, clock, issuer: EDGE_ISSUER },
    subjects: memoryMintStore(database),
    loaded: () => ({ registry: acmeRegistry({ audiences: AUDIENCES }), hash: HASH }),
    history: {
      find: async (pv) => ({ pv, hash: 'h', document: DOCUMENT, by: 'ann', atMs: 0 }),
      ordered: () => Promise.resolve(undefined),
      latest: async () => [],
    },
    tokenKeys: () => Promise.resolve(world.keys.tokens),
    hub,
    sessions: new Sessions({ nowMs: () => clock.nowMs(), randomId }),
    audit: memoryAuditLog(database),
    publicUrl: 'http://service.test',
    openId: openIdOf(seal, clock.nowMs() + 300_000),
    sendOrder: async ({ path }) => Response.json(...gatewayAnswer(path)),
    admins: [{ name: 'test', role: 'operator', hash: adminTokenHash(ADMIN) }],
    // Mutations are wrong tokens by the hundred, all without an address.
    tokenLimits: { byAddress: UNLIMITED, overAll: UNLIMITED },
  }
  addConsoleRoutes(app, changed(usual))
  addOpenApi(app)
  conforming(app, addOpenApi)
  addPageRoutes(app, PAGE_FILES)
  return {
    name: 'console',
    app,
    quarantinedId,
    loginCookie: `freshet-login=${login}`,
    samples: [...loginSamples(login), ...samplesOf(() => world.token(), quarantinedId)],
    state: () => database.quarantine.values(),
    pause: () => Promise.resolve(),
    judge: ({ request }, answer, hasChanged) => judge(request, answer, hasChanged),
  }
}

function tokenOf(): object {
  return {
    tenant: 'acme',
    issuer: EDGE_ISSUER,
    kid: 'token-1',
    jti: 'jti-1',
    client: 'web',
    pv: 1,
    parties: [{ subject: ALICE, label: { e: 1n, s: 100n, c: 100n } }],
    claims: new Map([['groups', ['staff']]]),
  }
}

/** Only a caller with the code is logged in. */
function openIdOf(seal: LoginSeal, untilMs: number): OpenIdLogin {
  const issuer = 'https://idp.test'
  const provider: LoginProvider = {
    issuer,
    begin: async () => {
      const pending = { state: 's', nonce: 'n', verifier: 'v' }
      return { url: new URL('/authorize', issuer), pending }
    },
    finish: async (query) => {
      if (query !== ANSWER) throw new FreshetError('login.refused', 'Not the answer to this login.')
      return { iss: issuer, sub: 'alice', claims: { groups: 'sre' }, untilMs }
    },
    ended: async (token) => {
      if (token === LOGOUT_TOKEN) return { iss: issuer, sub: 'alice' }
      throw new FreshetError('request.malformed', 'Not the logout token of this provider.')
    },
    endUrl: async () => undefined,
    check: async () => {},
  }
  const values = { viewer: [], operator: ['sre'], admin: [] }
  return { provider, roles: { claim: 'groups', values }, seal }
}

/** The gateway's answer to an order. */
function gatewayAnswer(path: string): [body: object, init: ResponseInit] {
  const id = 'p1'
  if (!path.endsWith('/drop')) return [{ id, result: 'sent' }, { status: 202 }]
  const inDoubt = { claims: [], halted: [], resolvedBy: [] }
  return [{ id, result: 'dropped', state: 'dropped', decided: null, inDoubt }, { status: 200 }]
}

function loginSamples(login: string): readonly Sample[] {
  const get = (route: string, query = '', headers: Record<string, string> = {}): Sample => ({
    name: route,
    route: `GET ${route}`,
    make: () => requestOf('GET', `${route}${query}`, headers),
  })
  return [
    get('/v1/session/ways'),
    get('/v1/session/openid', '?to=/slos'),
    get('/v1/session/openid/callback', ANSWER, { cookie: `freshet-login=${login}` }),
    get('/v1/session/openid/provider', '', { authorization: `Bearer ${ADMIN}` }),
    {
      name: 'a logout at the provider',
      route: `POST ${LOGOUT}`,
      make: () =>
        requestOf('POST', LOGOUT, { 'content-type': FORM }, `logout_token=${LOGOUT_TOKEN}`),
    },
  ]
}

function samplesOf(token: () => string, quarantinedId: string): readonly Sample[] {
  const authorization = `Bearer ${ADMIN}`
  const get = (route: string, path: string = route): Sample => ({
    name: route,
    route: `GET ${route}`,
    make: () => requestOf('GET', path, { authorization }),
  })
  const query = new URLSearchParams({ tenant: ALICE.tenant, iss: ALICE.iss }).toString()
  const holding = new URLSearchParams({ tenant: ALICE.tenant, claim: 'groups', value: 'staff' })
  return [
    get('/v1/session'),
    {
      name: 'a login',
      route: 'POST /v1/session',
      make: () => requestOf('POST', '/v1/session', {}, { token: ADMIN }),
    },
    {
      name: 'a logout',
      route: 'DELETE /v1/session',
      make: () => requestOf('DELETE', '/v1/session', { authorization }),
    },
    ...['replay', 'drop'].map((verb) => ({
      name: `an order to ${verb}`,
      route: `POST /v1/quarantine/:id/${verb}`,
      make: () =>
        requestOf(
          'POST',
          `/v1/quarantine/${quarantinedId}/${verb}`,
          { authorization },
          { reason: 'x' },
        ),
    })),
    get('/v1/audit', '/v1/audit?stream=control&limit=10'),
    get('/v1/changes', `/v1/changes?trace=${'a'.repeat(32)}&limit=10`),
    get('/v1/changes/:id/tokens', '/v1/changes/c1/tokens'),
    get('/v1/stream'),
    get('/v1/status'),
    get('/v1/registry'),
    get('/v1/registry/diff', '/v1/registry/diff?from=1&to=2'),
    get('/v1/registry/document', '/v1/registry/document?version=1'),
    get('/v1/registry/outstanding'),
    get('/v1/registry/usage', '/v1/registry/usage?days=7'),
    get('/v1/edges'),
    get('/v1/edges/:edge', '/v1/edges/edge-1'),
    get('/v1/lag'),
    get('/v1/health'),
    get('/v1/search', '/v1/search?q=alice'),
    get('/v1/slos'),
    get('/v1/latency', '/v1/latency?stage=complete&hours=6'),
    get('/v1/slos/:name', `/v1/slos/${LEVEL.name}`),
    get('/v1/evidence'),
    get('/v1/quarantine', '/v1/quarantine?source=hr&limit=10'),
    get('/v1/quarantine/:id', `/v1/quarantine/${quarantinedId}`),
    get('/v1/quarantine/:id/record', `/v1/quarantine/${quarantinedId}/record`),
    get('/v1/changes/:id', '/v1/changes/c1'),
    get('/v1/tokens', `/v1/tokens?${holding.toString()}`),
    get('/v1/tokens/:jti', '/v1/tokens/jti-1'),
    get('/v1/subjects/:sub', `/v1/subjects/${encodeURIComponent(subjectKey(ALICE))}?${query}`),
    get(
      '/v1/subjects/:sub/preview',
      `/v1/subjects/${ALICE.sub}/preview?${query}&audience=payments`,
    ),
    get('/v1/subjects/:sub/state', `/v1/subjects/${ALICE.sub}/state?${query}`),
    {
      name: 'a whole token',
      route: 'POST /v1/tokens/explain',
      make: () => requestOf('POST', '/v1/tokens/explain', { authorization }, { token: token() }),
    },
    ...publicSamples,
    ...[...PAGES, ...OBJECT_PAGES].map((path) => publicSample(path)),
    { ...publicSample('/assets/:name'), make: () => requestOf('GET', '/assets/index-a.js', {}) },
  ]
}

/** The console shows its data to an admin alone, and changes nothing for any caller. */
function judge(
  request: HostileRequest,
  { status, body }: HostileAnswer,
  hasChanged: boolean,
): string | undefined {
  if (hasChanged) return 'changed state'
  const path = pathOf(request)
  const isObject = OBJECT_PAGES.some((each) => path.startsWith(each.replace(':name', '')))
  if (PAGES.includes(path) || isObject || path.startsWith('/assets/')) return undefined
  if (path === '/v1/session/ways') return undefined
  if (path === CALLBACK && status === 303 && !request.path.includes(ANSWER)) return 'let in'
  // A caller that sends the token is its admin.
  if (path === '/v1/session' && Buffer.from(request.body).includes(ADMIN)) return undefined
  if (path === LOGOUT && Buffer.from(request.body).includes(LOGOUT_TOKEN)) return undefined
  const isOpen = publicSamples.some(({ name }) =>
    pathOf(request).startsWith(name.split(':')[0] ?? ''),
  )
  if (status >= 300 || isOpen || bearerOf(request) === ADMIN) return undefined
  return `showed ${pathOf(request)}: ${body}`
}
