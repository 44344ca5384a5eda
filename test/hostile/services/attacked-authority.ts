import { createHash, randomUUID } from 'node:crypto'
import { Admission, ClientBudgets, type IssueDependencies } from '@freshet/authority'
import { PARTITIONS, type Registry } from '@freshet/protocol'
import {
  generateKey,
  importJwks,
  importSigningKey,
  publishedKeys,
  readSigningKeySet,
} from '@freshet/wire'
import { createIntake } from '@freshet/intake'
import {
  memoryAssertionStore,
  memoryAuditLog,
  MemoryDatabase,
  memoryMintStore,
  memoryStampStore,
  memoryValidationStore,
} from '@freshet/memory'
import { createLogger, type OnRefusal } from '@freshet/runtime'
import {
  NOTHING_PUBLISHED,
  ACME_IDP,
  acmeRegistry,
  ManualClock,
  plannedWriter,
  signToken,
  TEST_MAC_KEY,
  type PlannedWriter,
} from '@freshet/testkit'
import { conforming } from '../../setup/conforming-app.ts'
import { addOpenApi } from '../../../services/authority/src/openapi.ts'
import { addAuthorityRoutes } from '../../../services/authority/src/routes.ts'
import { tokenDenials } from '../../../services/authority/src/parts.ts'
import {
  authorityOperations,
  basicOf,
  type AuthorityClients,
} from '../../requests/authority-requests.ts'
import { samplesOf } from '../../requests/operation.ts'
import { pathOf } from '../../requests/request.ts'
import type { AttackedService } from '../mutation/attacked-service.ts'
import { TokenBook } from '../mutation/token-book.ts'
import {
  HOSTILE_POLICIES,
  HOSTILE_ROUTES,
  judgeEvaluation,
  recordToken,
} from './evaluation-reading.ts'
import { BATCH, judgeOAuth, SECRET, type Known } from './oauth-reading.ts'
import { HASH, plant } from './plant-authority.ts'
import { publicSamples, quietApp } from './quiet-app.ts'

const ISSUER = 'https://tokens.example'
const OURS = new Set(['payments'])

/** The members of an authority that differ from the usual ones. */
export interface AuthorityOptions {
  readonly database?: MemoryDatabase
  readonly registry?: (usual: Registry) => Registry
  readonly onRefusal?: OnRefusal
  /** Called for each request. */
  readonly issuing?: (usual: IssueDependencies) => IssueDependencies
}

/** The authority’s routes, and the times of its sources. */
export interface AttackedAuthority extends AttackedService {
  readonly app: ReturnType<typeof quietApp>
  readonly clock: ManualClock
  readonly database: MemoryDatabase
  readonly writer: PlannedWriter
  /** A token of the identity provider about alice, with other claims where given. */
  identityToken(more?: object): string
  /** A token of ours that was issued to `web`. */
  accessToken(): string
  /** Sets `through` of all sources in every partition to so long after now. */
  setSourceTimes(inMs: number): void
}

/** The authority over memory: alice and robot are in group `a`, and every source is live. */
export async function attackedAuthority(
  options: AuthorityOptions = {},
): Promise<AttackedAuthority> {
  const clock = new ManualClock()
  const { database = new MemoryDatabase() } = options
  const writer = plannedWriter(() => clock.nowMs())
  const [idp, batch, token] = await Promise.all([
    generateKey('ES256', 'idp-1'),
    generateKey('ES256', 'batch-1'),
    generateKey('ES256', 'k1'),
  ])
  plant(database, clock.nowMs())
  const trusted = { idp: idp.publicJwk, batch: batch.publicJwk, own: token.privateJwk }
  const app = appOf({ clock, database, writer }, trusted, options)
  const book = new TokenBook<Known>()
  const keys = [idp, batch, token].map(({ privateJwk }) => importSigningKey(privateJwk))
  const [idpKey, batchKey, tokenKey] = keys as [
    (typeof keys)[0],
    (typeof keys)[0],
    (typeof keys)[0],
  ]
  const seconds = (): number => Math.floor(clock.nowMs() / 1_000)
  const identityToken = (more: object = {}): string => {
    const times = { iat: seconds(), exp: seconds() + 60 }
    const claims = { iss: ACME_IDP, sub: 'alice', aud: ISSUER, ...times, ...more }
    return signToken({ alg: 'ES256', kid: 'idp-1' }, claims, idpKey)
  }
  const signed = {
    identity: (): string => book.add(identityToken(), { kind: 'identity', sub: 'alice' }),
    assertion: (): string =>
      book.add(
        signToken(
          { alg: 'ES256', kid: 'batch-1' },
          {
            iss: BATCH,
            sub: BATCH,
            aud: ISSUER,
            jti: randomUUID(),
            iat: seconds(),
            exp: seconds() + 30,
          },
          batchKey,
        ),
        { kind: 'assertion', sub: BATCH },
      ),
    access: (): string => {
      const freshet = { e: '1', s: '5', c: '5', pv: 1, tenant: 'acme', subiss: ACME_IDP }
      const claims = {
        iss: ISSUER,
        sub: 'alice',
        aud: 'payments',
        iat: seconds(),
        exp: seconds() + 300,
        jti: randomUUID(),
        client_id: 'web',
        groups: ['a'],
        freshet,
      }
      return book.add(signToken({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' }, claims, tokenKey), {
        kind: 'access',
        sub: 'alice',
      })
    },
    recorded: (): string => {
      const freshet = { e: '1', s: '5', c: '5', pv: 1, tenant: 'acme', subiss: ACME_IDP }
      const times = { iat: seconds(), exp: seconds() + 300 }
      const stated = { sub: 'alice', aud: 'payments', client_id: 'web', groups: ['a'] }
      const claims = { iss: ISSUER, jti: 'recorded', ...stated, ...times, freshet }
      recordToken(database, times.exp * 1_000)
      return book.add(signToken({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' }, claims, tokenKey), {
        kind: 'recorded',
        sub: 'alice',
      })
    },
  }
  const clients: AuthorityClients = {
    client: basicOf('web', SECRET),
    resource: basicOf('payments-api', SECRET),
    ...signed,
    revocable: signed.access,
  }
  return {
    name: 'authority',
    clock,
    database,
    writer,
    identityToken,
    accessToken: signed.access,
    setSourceTimes: (inMs) => plant(database, clock.nowMs() + inMs),
    app,
    samples: [...samplesOf(authorityOperations, clients), ...publicSamples],
    // The use of an assertion is no change of authority: it is used whatever the result of the request is.
    state: () => [
      ...[database.tokens, database.issuances, database.stamps].flatMap(
        (table): readonly unknown[] => table.values(),
      ),
      ...PARTITIONS.flatMap((each) => writer.records(each)),
    ],
    pause: () => Promise.resolve(),
    judge: (sent, answer, hasChanged) =>
      pathOf(sent.request) === '/access/v1/evaluation'
        ? judgeEvaluation(book, sent.request, answer, hasChanged)
        : judgeOAuth(book, sent.request, answer, hasChanged),
  }
}

interface Parts {
  readonly clock: ManualClock
  readonly database: MemoryDatabase
  readonly writer: PlannedWriter
}

function appOf(
  { clock, database, writer }: Parts,
  trusted: { readonly idp: unknown; readonly batch: unknown; readonly own: unknown },
  {
    registry: changed = (usual) => usual,
    issuing: now = (usual) => usual,
    onRefusal,
  }: AuthorityOptions,
): AttackedAuthority['app'] {
  const loaded = { registry: changed(registry()), hash: HASH }
  const store = memoryMintStore(database)
  const keys = readSigningKeySet(trusted.own, 'ES256')
  const clientKeys = importJwks({ keys: [trusted.batch] })
  const identityKeys = importJwks({ keys: [trusted.idp] })
  const issuing: IssueDependencies = {
    store,
    clock,
    randomId: randomUUID,
    keys: () => keys,
    issuer: ISSUER,
    loaded,
    identityProviderKeys: () => identityKeys,
    publishedKeys: NOTHING_PUBLISHED,
    admission: new Admission({ clock, random: () => 0.5 }),
    // Time does not pass here: refusals by limits would hide everything that comes after them.
    get budgets() {
      return new ClientBudgets(clock)
    },
    authentication: {
      clients: loaded.registry.clients,
      clientKeys: (client) => (client === BATCH ? clientKeys : []),
      assertions: memoryAssertionStore(database),
      issuer: ISSUER,
      clock,
    },
  }
  const intake = createIntake({
    registry: loaded.registry,
    store: memoryStampStore(database, clock),
    writer,
    macKey: () => TEST_MAC_KEY,
    timer: clock,
  })
  const app = quietApp(clock, onRefusal)
  addAuthorityRoutes(app, {
    issuer: issuing.issuer,
    issuing: () => now(issuing),
    ledger: store,
    validation: memoryValidationStore(database),
    audit: memoryAuditLog(database),
    policies: () => HOSTILE_POLICIES,
    denials: tokenDenials(intake),
    lifeMaxMs: 3_600_000,
    tokenKeys: publishedKeys(issuing.keys, clock),
    random: () => 0.5,
    clock,
    checkpointJwks: () => Promise.resolve({ keys: [] }),
    logger: createLogger('test', 'silent'),
  })
  addOpenApi(app)
  return conforming(app, addOpenApi)
}

function registry(): Registry {
  const secretHash = createHash('sha256').update(SECRET).digest('base64url')
  const same = { tenant: 'acme', audiences: [...OURS], introspects: [] }
  const subject = { iss: ACME_IDP, sub: 'robot' }
  const clients = [
    { ...same, id: 'web', secretHash },
    { ...same, id: 'payments-api', secretHash, introspects: [...OURS], subject },
    { ...same, id: BATCH, keys: 'keys/batch.jwks.json', subject },
  ]
  const audience = { claims: ['groups'], ttlMs: 300_000, routes: HOSTILE_ROUTES }
  return acmeRegistry({
    clients: new Map(clients.map((each) => [each.id, each])),
    // A declared audience that no client is allowed to have.
    audiences: new Map(['payments', 'ledger'].map((name) => [name, { name, ...audience }])),
  })
}
