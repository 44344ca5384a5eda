import { mint, type IssuedToken } from '@freshet/authority'
import { FreshetError, scopeKey, subjectKey, type Subject } from '@freshet/domain'
import { inTransaction, postgresMintStore, type Database } from '@freshet/postgres'
import { CHANGED_PARTITIONS, MINTERS, orderFor, type RaceWorld } from './race-world.ts'

/** A change that waited so long gave up. */
const LOCK_LIMIT_MS = 2_000
/** Mints between two changes. */
const MINTS_BETWEEN = 10

/** How the mints of a measurement keep a change away while they read. */
export type Reading = 'snapshot and look' | 'share locks'

/** How long changes of one subject waited for rows while it was minted in a loop, in ms. */
export interface ChangeWait {
  readonly changes: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  readonly mintsPerSecond: number
}

const LOCK_SHARED = {
  name: 'race-lock-shared',
  text: 'select next_offset from progress where partition = any($1::int[]) for share',
}

/** One change, on the server alone: the time that passes until it has the rows it needs. */
const CREATE_CHANGE = `
  create or replace function race_change(part int, subj text, scope text) returns float8
  language plpgsql as $$
  declare
    began timestamptz := clock_timestamp();
    waited float8;
    at bigint;
  begin
    select next_offset into at from progress where partition = part for update;
    update claim_state set floor_n = at where subject = subj;
    waited := extract(epoch from clock_timestamp() - began) * 1000;
    insert into watermark
      (scope_key, tenant, partition, e, position, source, change, time_ms, raised_at_ms)
    values (scope, 'acme', part, 1, at + 1, 'hr', 'c', 0, 0)
    on conflict (scope_key) do update set position = excluded.position;
    update progress set next_offset = at + 1 where partition = part;
    return waited;
  end $$`

const CHANGE = { name: 'race-change', text: 'select race_change($1, $2, $3) as waited' }

/** Mints one subject with all minters at once, and changes it every tenth mint. */
export async function measureChangeWait(
  world: RaceWorld,
  subject: Subject,
  reading: Reading,
  mints: number,
): Promise<ChangeWait> {
  await world.changers.query({ name: '', text: CREATE_CHANGE })
  const { clock } = world.deps
  const waitsMs: number[] = []
  const startMs = clock.monotonicMs()
  const pace = { started: 0, wake: (): void => {} }
  const mintInTurn = async (): Promise<void> => {
    while (pace.started < mints) {
      pace.started += 1
      await mintOnce(world, subject, reading)
      pace.wake()
    }
  }
  const changeInTurn = async (): Promise<void> => {
    while (pace.started < mints) {
      waitsMs.push(await changeOnce(world.changers, subject))
      await reached(pace, Math.min(mints, pace.started + MINTS_BETWEEN))
    }
  }
  await Promise.all([changeInTurn(), ...Array.from({ length: MINTERS }, mintInTurn)])
  return summary(waitsMs, (mints * 1_000) / (clock.monotonicMs() - startMs))
}

function reached(pace: { started: number; wake: () => void }, count: number): Promise<void> {
  return new Promise((resolve) => {
    pace.wake = () => {
      if (pace.started >= count) resolve()
    }
    pace.wake()
  })
}

async function changeOnce(db: Database, subject: Subject): Promise<number> {
  const scope = scopeKey({ kind: 'subject', subject, claim: 'groups' })
  const values = [CHANGED_PARTITIONS[0], subjectKey(subject), scope]
  try {
    const { rows } = await db.query<{ waited: number }>(CHANGE, values)
    return rows[0]?.waited ?? 0
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'database.timeout') return LOCK_LIMIT_MS
    throw error
  }
}

async function mintOnce(world: RaceWorld, subject: Subject, reading: Reading): Promise<void> {
  const { minters, deps } = world
  await tolerant(
    reading === 'share locks' ? underLock(minters, world, subject) : mint(orderFor(subject), deps),
  )
}

/** What the protocol does not do: whoever mints holds the rows that a change needs. */
function underLock(db: Database, { deps }: RaceWorld, subject: Subject): Promise<IssuedToken> {
  return inTransaction(db, {}, async (tx) => {
    await tx.query(LOCK_SHARED, [[0, ...CHANGED_PARTITIONS]])
    return await mint(orderFor(subject), { ...deps, store: postgresMintStore(tx) })
  })
}

/** Being overtaken, or giving up on a lock, is part of what is measured. */
async function tolerant(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    const isExpected =
      error instanceof FreshetError &&
      ['mint.contended', 'database.timeout', 'database.serialization'].includes(error.code)
    if (!isExpected) throw error
  }
}

function summary(waitsMs: readonly number[], mintsPerSecond: number): ChangeWait {
  const sorted = [...waitsMs].sort((a, b) => a - b)
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  const rate = Math.round(mintsPerSecond)
  return {
    changes: sorted.length,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
    mintsPerSecond: rate,
  }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
