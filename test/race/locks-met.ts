import { mint, type IssuedToken } from '@freshet/authority'
import { FreshetError, partitionOf, subjectKey, type Subject } from '@freshet/protocol'
import { inTransaction, postgresMintStore, type Database, type Queryable } from '@freshet/postgres'
import { openChanger } from './change.ts'
import { CHANGED_PARTITIONS, MINTERS, orderFor, type RaceWorld } from './race-world.ts'

/** Mints between two changes. */
const MINTS_BETWEEN = 10

/** The method by which mints keep a change away while they read. */
export type Reading = 'snapshot and look' | 'share locks'

/** The waits of one subject's changes while it was minted in a loop. */
export interface LocksMet {
  readonly changes: number
  /** Changes that would have waited for a mint, because it held a row that the recorder locks. */
  readonly blocked: number
}

const LOCK_SHARED = {
  name: 'race-lock-shared',
  text: 'select next_offset from progress where partition = any($1::int[]) for share',
}

/** Selects, of the two rows that the recorder locks for a change, those without a lock. */
const FREE_ROWS = {
  name: 'race-free-rows',
  text: `
    with position as (select 1 from progress where partition = $1 for update skip locked),
      state as (select 1 from claim_state where subject = $2 for update skip locked)
    select 1 from position union all select 1 from state`,
}
const LOCKED_BY_A_CHANGE = 2

/** Mints one subject with all minters at once, and changes it every tenth mint. */
export async function locksMet(
  world: RaceWorld,
  subject: Subject,
  reading: Reading,
  mints: number,
): Promise<LocksMet> {
  const changer = openChanger(world, 'after the commit')
  const met = { changes: 0, blocked: 0 }
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
      met.changes += 1
      if (await isBlocked(world.changers, subject)) met.blocked += 1
      // A change behind locks can wait for as long as there are mints.
      if (reading === 'snapshot and look') await changer.change(subject)
      await reached(pace, Math.min(mints, pace.started + MINTS_BETWEEN))
    }
  }
  await Promise.all([changeInTurn(), ...Array.from({ length: MINTERS }, mintInTurn)])
  return met
}

function reached(pace: { started: number; wake: () => void }, count: number): Promise<void> {
  return new Promise((resolve) => {
    pace.wake = () => {
      if (pace.started >= count) resolve()
    }
    pace.wake()
  })
}

async function isBlocked(db: Database, subject: Subject): Promise<boolean> {
  const { rows } = await db.query(FREE_ROWS, [partitionOf(subject), subjectKey(subject)])
  return rows.length < LOCKED_BY_A_CHANGE
}

async function mintOnce(world: RaceWorld, subject: Subject, reading: Reading): Promise<void> {
  const { lockers, deps } = world
  await tolerant(
    reading === 'share locks' ? underLock(lockers, world, subject) : mint(orderFor(subject), deps),
  )
}

/** A variant that the protocol does not use: the mint holds the rows that a change needs. */
function underLock(db: Database, { deps }: RaceWorld, subject: Subject): Promise<IssuedToken> {
  return inTransaction(db, {}, async (tx) => {
    await tx.query(LOCK_SHARED, [[0, ...CHANGED_PARTITIONS]])
    const inside = { ...tx, inOneFlight: <T>(send: (on: Queryable) => Promise<T>) => send(tx) }
    const store = postgresMintStore({ ...tx, ofTenant: () => inside })
    return await mint(orderFor(subject), { ...deps, store })
  })
}

/** A mint that a change overtakes belongs to the test. */
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
