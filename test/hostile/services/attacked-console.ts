import {
  createObservatory,
  HealthWatch,
  type EvidenceStore,
  type ObservatoryStore,
  type PrefixStore,
  type SliStore,
} from '@freshet/insight'
import type { AuditReader } from '@freshet/audit'
import { FreshetError, PARTITIONS } from '@freshet/protocol'
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
import { consoleOperations } from '../../requests/console-requests.ts'
import { samplesOf } from '../../requests/operation.ts'
import type { AttackedService } from '../mutation/attacked-service.ts'
import {
  bearerOf,
  pathOf,
  type HostileAnswer,
  type HostileRequest,
} from '../../requests/request.ts'
import { isOpenPath, publicSample, publicSamples, quietApp } from './quiet-app.ts'

const DOCUMENT = registryDocument({ version: 1, account: 'hr', sources: {}, claims: {} }, new Map())
const ADMIN = 'admin-token-of-this-test'
const LOGOUT_TOKEN = 'the-logout-token'
const ANSWER = '?code=the-code&state=s'
const UNLIMITED = { perSecond: 1e9, burst: 1e9 }
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
  const loginCookie = `freshet-login=${login}`
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
    loginCookie,
    samples: [
      ...samplesOf(consoleOperations, {
        token: ADMIN,
        quarantined: quarantinedId,
        objective: LEVEL.name,
        login: { cookie: loginCookie, answer: ANSWER },
        logoutToken: LOGOUT_TOKEN,
        access: () => world.token(),
      }),
      ...publicSamples,
      ...[...PAGES, ...OBJECT_PAGES].map((path) => publicSample(path)),
      publicSample('/assets/:name', '/assets/index-a.js'),
    ],
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
  if (status >= 300 || isOpenPath(path) || bearerOf(request) === ADMIN) return undefined
  return `showed ${path}: ${body}`
}
