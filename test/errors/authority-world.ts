import { createHash } from 'node:crypto'
import { claimKey, type Client, type Registry } from '@freshet/protocol'
import { MemoryDatabase } from '@freshet/memory'
import { serveHttp } from '@freshet/runtime'
import { ACME_IDP } from '@freshet/testkit'
import {
  attackedAuthority,
  type AttackedAuthority,
} from '../hostile/services/attacked-authority.ts'
import { SECRET } from '../hostile/services/oauth-reading.ts'
import { plant } from '../hostile/services/plant-authority.ts'
import { basicOf } from '../requests/authority-requests.ts'
import { faults, type Faults } from './failing.ts'

/** An identity provider that publishes its keys at an address that cannot be read here. */
export const PUBLISHING_IDP = 'https://published.example'
/** Each acts for the one before. */
export const WORKERS: readonly string[] = ['worker-1', 'worker-2', 'worker-3', 'worker-4']

/** Sends a form as a client. */
export type Post = (
  path: string,
  form: Readonly<Record<string, string>>,
  client?: string,
) => Promise<Response>

/** The authority over memory on loopback, with dependencies that fail as a test plans it. */
export interface AuthoritySurface extends AsyncDisposable {
  readonly url: string
  /** The codes of reported refusals. */
  readonly reported: readonly string[]
  readonly attacked: AttackedAuthority
  readonly database: Faults
  readonly broker: Faults
  /** The active policy version is missing. */
  readonly policy: Faults
  /** No key can sign. */
  readonly keys: { isUsable: boolean }
  readonly post: Post
}

/** Starts it. */
export async function authoritySurface(): Promise<AuthoritySurface> {
  const [database, broker, policy] = [faults(), faults(), faults()] as const
  const keys = { isUsable: true }
  const reported: string[] = []
  const attacked = await attackedAuthority({
    onRefusal: ({ code }) => void reported.push(code),
    database: database.before(new MemoryDatabase()),
    registry: widened,
    issuing(usual) {
      policy.check()
      return keys.isUsable ? usual : { ...usual, keys: () => [] }
    },
  })
  plant(attacked.database, attacked.clock.nowMs(), [...WORKERS, 'doubted', 'overtaken'])
  plantTroubles(attacked.database)
  broker.interrupt(attacked.writer, 'append')
  const server = await serveHttp({ app: attacked.app })
  const post: Post = (path, form, client = 'web') =>
    fetch(new URL(path, server.url), {
      method: 'POST',
      headers: client === '' ? {} : { authorization: basicOf(client, SECRET) },
      body: new URLSearchParams(form),
    })
  const parts = { url: server.url, reported, attacked, database, broker, policy, keys, post }
  return { ...parts, [Symbol.asyncDispose]: () => server.close() }
}

/** Beside the usual clients: workers, one that reached its limit, and an audience that carries nothing. */
function widened(usual: Registry): Registry {
  const secretHash = createHash('sha256').update(SECRET).digest('base64url')
  const same = { tenant: 'acme', audiences: ['payments', 'narrow'], secretHash }
  const workers = WORKERS.map((id): Client => {
    return { ...same, id, introspects: ['payments'], subject: { iss: ACME_IDP, sub: id } }
  })
  const none = { perSecond: 0.001, burst: 0 }
  const limited = { ...same, id: 'limited', introspects: [], limits: { mint: none } }
  const narrowing = { ...same, id: 'narrowing', introspects: [] }
  const added = [...workers, limited, narrowing].map((each) => [each.id, each] as const)
  const payments = usual.audiences.get('payments')
  const narrow = payments && { ...payments, name: 'narrow', maxBytes: 1 }
  const published = { issuer: PUBLISHING_IDP, published: { keptMs: 1_000 } }
  return {
    ...usual,
    clients: new Map([...usual.clients, ...added]),
    audiences: new Map([...usual.audiences, ...(narrow ? [['narrow', narrow] as const] : [])]),
    tenants: new Map(
      [...usual.tenants].map(([id, tenant]) => {
        const identityProviders = [...tenant.identityProviders, published]
        return [id, { ...tenant, identityProviders }]
      }),
    ),
  }
}

/** A doubt, and a watermark that every mint is below. */
function plantTroubles(database: MemoryDatabase): void {
  const subjectOf = (sub: string) => ({ tenant: 'acme', iss: ACME_IDP, sub })
  const at = { e: 1n, partition: 1, offset: 1n }
  const doubt = { subject: subjectOf('doubted'), claim: 'groups', raised: true, settled: false }
  database.doubts.set('doubt', { ...doubt, ...at })
  const scope = claimKey(subjectOf('overtaken'), 'groups')
  const raised = { position: 1_000n, timeMs: 0, raisedAtMs: 0, record: null }
  const cause = { source: 'hr', change: 'hr-1' }
  const row = { scopeKey: scope, tenant: 'acme', partition: 1, e: 1n, ...raised, ...cause }
  database.watermarks.set(scope, row)
}
