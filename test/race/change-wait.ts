import { mint, type IssuedToken } from '@freshet/authority'
import { FreshetError, partitionOf, subjectKey, type Subject } from '@freshet/domain'
import { inTransaction, postgresMintStore, type Database, type Queryable } from '@freshet/postgres'
import { openChanger, type Changer } from './change.ts'
import { CHANGED_PARTITIONS, MINTERS, orderFor, type RaceWorld } from './race-world.ts'

/** A change that waited so long gave up. */
const LOCK_LIMIT_MS = 2_000
/** Mints between two changes. */
const MINTS_BETWEEN = 10

/** How the mints of a measurement keep a change away while they read. */
export type Reading = 'snapshot and look' | 'share locks'

/** A distribution in ms. */
export interface Spread {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** What changes of one subject cost while it was minted in a loop. */
export interface ChangeWait {
  readonly changes: number
  /** For the rows that a change locks, by the server's clock. */
  readonly waited: Spread
  /**
   * The recorder's whole batch, marks after the commit included, in the minters' own process; not
   * measured behind share locks.
   */
  readonly recorded: Spread
  readonly mintsPerSecond: number
}

const LOCK_SHARED = {
  name: 'race-lock-shared',
  text: 'select next_offset from progress where partition = any($1::int[]) for share',
}

/**
 * On the server alone, so that the work of the process that mints does not count: the time until
 * one has the rows that the recorder locks.
 */
const CREATE_PROBE = `
  create or replace function race_probe(part int, subj text) returns float8
  language plpgsql as $$
  declare
    began timestamptz := clock_timestamp();
  begin
    perform 1 from progress where partition = part for update;
    perform 1 from claim_state where subject = subj for update;
    return extract(epoch from clock_timestamp() - began) * 1000;
  end $$`

const PROBE = { name: 'race-probe', text: 'select race_probe($1, $2) as waited' }

/** Mints one subject with all minters at once, and changes it every tenth mint. */
export async function measureChangeWait(
  world: RaceWorld,
  subject: Subject,
  reading: Reading,
  mints: number,
): Promise<ChangeWait> {
  await world.owner.query({ name: '', text: CREATE_PROBE })
  const { clock } = world.deps
  const changer = openChanger(world, 'after the commit too')
  const waited: number[] = []
  const recorded: number[] = []
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
    await reached(pace, MINTS_BETWEEN)
    while (pace.started < mints) {
      waited.push(await probe(world.changers, subject))
      // Behind locks the next probe comes at once: any of them may slip through between two mints.
      if (reading === 'snapshot and look') recorded.push(await recordOne(changer, world, subject))
      await reached(pace, Math.min(mints, pace.started + MINTS_BETWEEN))
    }
  }
  await Promise.all([changeInTurn(), ...Array.from({ length: MINTERS }, mintInTurn)])
  const mintsPerSecond = Math.round((mints * 1_000) / (clock.monotonicMs() - startMs))
  return {
    changes: waited.length,
    waited: spread(waited),
    recorded: spread(recorded),
    mintsPerSecond,
  }
}

function reached(pace: { started: number; wake: () => void }, count: number): Promise<void> {
  return new Promise((resolve) => {
    pace.wake = () => {
      if (pace.started >= count) resolve()
    }
    pace.wake()
  })
}

function probe(db: Database, subject: Subject): Promise<number> {
  return orLimit(async () => {
    const values = [partitionOf(subject), subjectKey(subject)]
    const { rows } = await db.query<{ waited: number }>(PROBE, values)
    return rows[0]?.waited ?? 0
  })
}

function recordOne(changer: Changer, { deps }: RaceWorld, subject: Subject): Promise<number> {
  return orLimit(async () => {
    const startMs = deps.clock.monotonicMs()
    await changer.change(subject)
    return deps.clock.monotonicMs() - startMs
  })
}

async function orLimit(work: () => Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'database.timeout') return LOCK_LIMIT_MS
    throw error
  }
}

async function mintOnce(world: RaceWorld, subject: Subject, reading: Reading): Promise<void> {
  const { lockers, deps } = world
  await tolerant(
    reading === 'share locks' ? underLock(lockers, world, subject) : mint(orderFor(subject), deps),
  )
}

/** What the protocol does not do: whoever mints holds the rows that a change needs. */
function underLock(db: Database, { deps }: RaceWorld, subject: Subject): Promise<IssuedToken> {
  return inTransaction(db, {}, async (tx) => {
    await tx.query(LOCK_SHARED, [[0, ...CHANGED_PARTITIONS]])
    const inside = { ...tx, inOneFlight: <T>(send: (on: Queryable) => Promise<T>) => send(tx) }
    const store = postgresMintStore({ ...tx, ofTenant: () => inside })
    return await mint(orderFor(subject), { ...deps, store })
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

function spread(valuesMs: readonly number[]): Spread {
  const sorted = [...valuesMs].sort((a, b) => a - b)
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
