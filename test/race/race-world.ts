import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { MintDependencies, MintOrder } from '@freshet/authority'
import {
  partitionOf,
  subjectKey,
  valueKey,
  type Audience,
  type Registry,
  type Subject,
} from '@freshet/protocol'
import { generateKey, importSigningKey } from '@freshet/wire'
import {
  createDatabase,
  postgresMintStore,
  postgresTokenPartitions,
  type Database,
} from '@freshet/postgres'
import {
  ACME_HASH,
  ACME_IDP,
  acmeRegistry,
  changeTopic,
  exampleClaim,
  exampleRegistry,
  exampleSource,
  ManualClock,
  type ChangeTopic,
} from '@freshet/testkit'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'

/** Connections of the minting side; as many mints are in progress at once. */
export const MINTERS = 8
/** One changer for each partition, as the reconciler has. */
export const CHANGED_PARTITIONS: readonly number[] = [1, 2]

const NOW_MS = 1_795_514_400_000
const audience: Audience = {
  name: 'payments',
  claims: ['groups'],
  ttlMs: 300_000,
  routes: new Map(),
}
/** The registry by which mints and changes are judged. */
export const registry: Registry = exampleRegistry(
  [exampleSource('hr', { versions: 'feed' })],
  [exampleClaim('groups', 'hr', { maxTtlMs: 300_000 })],
  { tenants: acmeRegistry().tenants, audiences: new Map([['payments', audience]]) },
)

/** A database in the reconciler's state after an activation, with the parts of a process for minting. */
export interface RaceWorld extends AsyncDisposable {
  /** The changers' own pool: a change never waits for a connection that a mint has. */
  readonly changers: Database
  readonly minters: Database
  readonly owner: Database
  /** As many connections, for mints that lock rows that a mint must not lock. */
  readonly lockers: Database
  /** The topic that the changers read; the stored positions are right behind its activation. */
  readonly topic: ChangeTopic
  readonly deps: MintDependencies
}

/** Returns subjects of the given partition. */
export function subjectsIn(partition: number, count: number, prefix: string): readonly Subject[] {
  const found: Subject[] = []
  for (let n = 0; found.length < count; n++) {
    const subject = { tenant: 'acme', iss: ACME_IDP, sub: `${prefix}-${n}` }
    if (partitionOf(subject) === partition) found.push(subject)
  }
  return found
}

/** Returns the order of a mint for a subject. */
export function orderFor(subject: Subject): MintOrder {
  return { tenant: 'acme', parties: [subject], client: 'web', audience }
}

/** Opens a database in which every source is live. */
export async function openRaceWorld(): Promise<RaceWorld> {
  const fresh: FreshDatabase = await freshDatabase({ max: 2 })
  const pool = { url: fresh.url, applicationName: 'freshet-race', planOnce: true }
  const changers = createDatabase({ ...pool, max: 4, role: 'freshet_system' })
  const minters = createDatabase({ ...pool, max: MINTERS, role: 'freshet_tenant' })
  const lockers = createDatabase({ ...pool, max: MINTERS, role: 'freshet_system' })
  await postgresTokenPartitions(fresh.ledger).ensure(NOW_MS, NOW_MS + 600_000)
  await plantTopic(fresh.db)
  const topic = changeTopic(new ManualClock(NOW_MS))
  topic.activate(registry.version)
  const key = importSigningKey((await generateKey('ES256', 'race')).privateJwk)
  const deps: MintDependencies = {
    store: postgresMintStore(minters),
    clock: { nowMs: () => NOW_MS, monotonicMs: () => performance.now() },
    randomId: () => randomBytes(16).toString('base64url'),
    keys: () => [key],
    issuer: 'https://tokens.example',
    loaded: { registry, hash: ACME_HASH },
  }
  const close = async (): Promise<void> => {
    await changers.close()
    await minters.close()
    await lockers.close()
    await fresh.drop()
  }
  return { owner: fresh.db, changers, minters, lockers, topic, deps, [Symbol.asyncDispose]: close }
}

async function plantTopic(db: Database): Promise<void> {
  for (const partition of [0, ...CHANGED_PARTITIONS]) {
    await db.query(
      {
        name: '',
        text: `insert into progress (partition, e, next_offset, active_pv, active_hash)
          values ($1, 1, 1, 1, $2)`,
      },
      [partition, ACME_HASH],
    )
    await db.query(
      {
        name: '',
        text: `insert into feed (tenant, source, partition, complete, beyond, through_ms, halted)
          values ('acme', 'hr', $1, 0, '{}', $2, false)`,
      },
      [partition, NOW_MS],
    )
  }
}

/** Gives subjects a group of position 0, which is before every change. */
export async function plantSubjects(db: Database, subjects: readonly Subject[]): Promise<void> {
  await db.query(
    {
      name: '',
      text: `insert into claim_state
          (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
        select subject, 'groups', 'acme', 1, 'hr', 0, 0, $2::jsonb
        from unnest($1::text[]) as subject`,
    },
    [subjects.map(subjectKey), JSON.stringify(elementsAt(0n))],
  )
}

/**
 * Returns the value of the claim after the change at an offset: a token shows the position at which it was
 * read.
 */
export function elementsAt(offset: bigint): Readonly<Record<string, readonly unknown[]>> {
  return { [valueKey(offset.toString())]: ['0', offset.toString(), true] }
}
