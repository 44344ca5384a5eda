import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partitionOf, PARTITIONS, subjectKey, type Registry } from '@freshet/protocol'
import {
  generateKey,
  importJwks,
  importSigningKey,
  readSigningKeySet,
  type SigningKey,
  type VerifyKey,
  publishedKeys,
} from '@freshet/wire'
import { Admission, ClientBudgets, type IssueDependencies, NO_POLICIES } from '@freshet/authority'
import { createIntake } from '@freshet/intake'
import {
  postgresAssertionStore,
  postgresAuditLog,
  postgresMintStore,
  postgresStampStore,
  postgresTokenPartitions,
  postgresValidationStore,
} from '@freshet/postgres'
import { createLogger, randomShare, systemClock, type createApp } from '@freshet/runtime'
import {
  NOTHING_PUBLISHED,
  ACME_IDP,
  acmeRegistry,
  plannedWriter,
  signToken,
  TEST_MAC_KEY,
  type PlannedWriter,
} from '@freshet/testkit'
import { readCheckpointJwks } from '../../services/authority/src/open/open-keys.ts'
import { conforming } from '../setup/conforming-app.ts'
import { addOpenApi } from '../../services/authority/src/openapi.ts'
import { addAuthorityRoutes } from '../../services/authority/src/routes.ts'
import { tokenDenials } from '../../services/authority/src/parts.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { emptied } from '../setup/emptied.ts'
import { routesApp } from '../setup/routes-app.ts'

export const ISSUER = 'https://tokens.example'
export const FORM = 'application/x-www-form-urlencoded'
export const alice = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const SECRET = 'secret'

type App = ReturnType<typeof createApp>

/** The answer of a route. */
export interface Answer {
  readonly response: Response
  readonly body: Readonly<Record<string, unknown>>
}

/** Two authorities on one database, and a broker that the test controls. */
export interface AuthorityWorld {
  readonly app: App
  readonly other: App
  readonly writer: PlannedWriter
  readonly logged: string[]
  /** Private keys: of our tokens, and of the client `batch`. */
  readonly tokenKey: SigningKey
  readonly batchKey: SigningKey
  readonly run: (
    text: string,
    values?: readonly unknown[],
  ) => Promise<{ readonly rows: readonly unknown[] }>
  /**
   * Restores the state that the reconciler leaves: active, every source live, alice and robot in group `a`.
   */
  readonly reset: () => Promise<void>
  /** Returns a token of the identity provider, with further members in its header if given. */
  readonly identityToken: (sub: string, header?: object) => string
  /** Posts a form, by default as client `web`. */
  readonly post: (
    path: string,
    form: Readonly<Record<string, string>>,
    how?: { readonly headers?: Readonly<Record<string, string>>; readonly app?: App },
  ) => Promise<Answer>
  readonly exchange: (sub?: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>
  readonly drop: () => Promise<void>
}

/**
 * Returns the access token of an answer. @throws if it has none: a following check would be about no token
 */
export function tokenOf({ response, body }: Answer): string {
  const { access_token: token } = body
  if (typeof token === 'string') return token
  throw new Error(`No token was issued: ${response.status} ${JSON.stringify(body)}`)
}

/** Returns the content of a token. */
export function payloadOf(jwt: string): Record<string, unknown> & { readonly jti: string } {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
}

/** Returns the header of `client_secret_basic`; every client of the world with a secret has the same. */
export function basic(id: string, secret: string = SECRET): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
}

export async function authorityWorld(): Promise<AuthorityWorld> {
  const fresh = await freshDatabase()
  const dir = await mkdtemp(join(tmpdir(), 'freshet-authority-'))
  const [idp, batch, tokens] = await Promise.all([
    generateKey('ES256', 'idp-1'),
    generateKey('ES256', 'batch-1'),
    generateKey('ES256', 'k1'),
  ])
  const checkpointFile = join(dir, 'checkpoints.jwks.json')
  // A private half in the file is a mistake that must not be served.
  const checkpointKey = await generateKey('EdDSA', 'cp-1')
  await writeFile(checkpointFile, JSON.stringify({ keys: [checkpointKey.privateJwk] }))
  await postgresTokenPartitions(fresh.ledger).ensure(Date.now(), Date.now() + 3_600_000)
  const writer = plannedWriter(() => Date.now())
  const logged: string[] = []
  const made = { fresh, writer, logged, checkpointFile, tokenJwk: tokens.privateJwk }
  const keys = {
    idp: importJwks({ keys: [idp.publicJwk] }),
    batch: importJwks({ keys: [batch.publicJwk] }),
  }
  const app = makeApp(made, keys)
  const idpKey = importSigningKey(idp.privateJwk)
  const world = surfaceOf(app, fresh, idpKey)
  return {
    ...world,
    app,
    other: makeApp(made, keys),
    writer,
    logged,
    tokenKey: importSigningKey(tokens.privateJwk),
    batchKey: importSigningKey(batch.privateJwk),
    async drop() {
      await fresh.drop()
      await rm(dir, { recursive: true })
    },
  }
}

interface Made {
  readonly fresh: FreshDatabase
  readonly writer: PlannedWriter
  readonly logged: string[]
  readonly checkpointFile: string
  readonly tokenJwk: unknown
}

interface Trusted {
  readonly idp: readonly VerifyKey[]
  readonly batch: readonly VerifyKey[]
}

function makeApp(made: Made, trusted: Trusted): App {
  const write = (line: string): void => void made.logged.push(line)
  const logger = createLogger('test', 'info', { write })
  const app = routesApp({
    logger,
  })
  const { tenants: db } = made.fresh
  const issuing = issuingOf(made, trusted)
  const intake = createIntake({
    registry: issuing.loaded.registry,
    store: postgresStampStore(db),
    writer: made.writer,
    macKey: () => TEST_MAC_KEY,
    timer: systemClock,
  })
  addAuthorityRoutes(app, {
    issuer: issuing.issuer,
    issuing: () => issuing,
    ledger: postgresMintStore(db),
    validation: postgresValidationStore(db),
    audit: postgresAuditLog(db),
    policies: () => NO_POLICIES,
    denials: tokenDenials(intake),
    lifeMaxMs: 3_600_000,
    tokenKeys: publishedKeys(issuing.keys, systemClock),
    checkpointJwks: () => readCheckpointJwks(made.checkpointFile, Date.now()),
    random: randomShare,
    clock: systemClock,
    logger,
  })
  addOpenApi(app)
  conforming(app, addOpenApi)
  return app
}

function issuingOf({ fresh, tokenJwk }: Made, trusted: Trusted): IssueDependencies {
  const loaded = { registry: registry(), hash: 'ab' }
  const keys = readSigningKeySet(tokenJwk, 'ES256')
  return {
    store: postgresMintStore(fresh.tenants),
    clock: systemClock,
    randomId: () => randomBytes(16).toString('base64url'),
    keys: () => keys,
    issuer: ISSUER,
    loaded,
    identityProviderKeys: () => trusted.idp,
    publishedKeys: NOTHING_PUBLISHED,
    admission: new Admission({ clock: systemClock, random: randomShare }),
    budgets: new ClientBudgets(systemClock),
    authentication: {
      clients: loaded.registry.clients,
      clientKeys: (client) => (client === 'batch' ? trusted.batch : []),
      assertions: postgresAssertionStore(fresh.tenants),
      issuer: ISSUER,
      clock: systemClock,
    },
  }
}

function registry(): Registry {
  const secretHash = createHash('sha256').update(SECRET).digest('base64url')
  const audiences = ['payments']
  const same = { tenant: 'acme', audiences, introspects: [] }
  const subject = { iss: ACME_IDP, sub: 'robot' }
  const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }
  const clients = [
    { ...same, id: 'web', secretHash },
    { ...same, id: 'payments-api', secretHash, introspects: ['payments'] },
    { ...same, id: 'batch', keys: 'keys/batch.jwks.json', subject },
  ]
  // However slowly a test runs, a source becomes silent only if the test requires it.
  const leaseMs = 600_000
  const sources = [...acmeRegistry().sources].map(
    ([id, source]) => [id, { ...source, leaseMs }] as const,
  )
  return acmeRegistry({
    sources: new Map(sources),
    clients: new Map(clients.map((each) => [each.id, each])),
    audiences: new Map([['payments', payments]]),
  })
}

type Surface = Pick<AuthorityWorld, 'run' | 'reset' | 'identityToken' | 'post' | 'exchange'>

function surfaceOf(app: App, { db }: FreshDatabase, idp: SigningKey): Surface {
  const run: Surface['run'] = (text, values = []) => db.query({ name: '', text }, [...values])
  const identityToken: Surface['identityToken'] = (sub, header) => {
    const seconds = Math.floor(Date.now() / 1_000)
    const body = { iss: ACME_IDP, sub, aud: ISSUER, iat: seconds, exp: seconds + 60 }
    return signToken({ alg: 'ES256', kid: 'idp-1', ...header }, body, idp)
  }
  const post: Surface['post'] = async (path, form, how = {}) => {
    const response = await (how.app ?? app).request(path, {
      method: 'POST',
      headers: { 'content-type': FORM, ...(how.headers ?? basic('web')) },
      body: new URLSearchParams(form).toString(),
    })
    const text = await response.text()
    return { response, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] }
  }
  return {
    run,
    reset: () => reset(run),
    identityToken,
    post,
    exchange: (sub = 'alice', headers = basic('web')) =>
      post(
        '/oauth/token',
        {
          grant_type: TOKEN_EXCHANGE,
          subject_token: identityToken(sub),
          subject_token_type: JWT,
          audience: 'payments',
        },
        { headers },
      ),
  }
}

async function reset(run: Surface['run']): Promise<void> {
  await run(
    emptied(`progress, feed, claim_state, doubt, token, issuance, watermark, denial, stamp,
      waiting_record, stamp_feed, stamp_free, client_assertion`),
  )
  for (const partition of PARTITIONS) {
    await run(
      `insert into progress (partition, e, next_offset, active_pv, active_hash)
       values ($1, 1, 5, 1, 'ab')`,
      [partition],
    )
    await run(
      `insert into feed (tenant, source, partition, complete, beyond, through_ms, halted)
       select 'acme', source, $1, 0, '{}', $2, false
       from unnest('{hr,iga,security}'::text[]) as source`,
      [partition, Date.now()],
    )
  }
  for (const subject of [alice, { ...alice, sub: 'robot' }]) {
    await run(
      `insert into claim_state (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
       values ($1, 'groups', 'acme', $2, 'hr', 0, 1, '{"\\"a\\"": ["0", "1", true]}')`,
      [subjectKey(subject), partitionOf(subject)],
    )
  }
}
