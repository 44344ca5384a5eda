import { CONTROL_PARTITION, DENIAL_SKEW_MS, type DenialKind } from '@freshet/protocol'
import { permanentNameOf } from '@freshet/wire'
import type { PublishableRow } from '@freshet/reconciler'
import type { Queryable, Statement } from '../connection/query.ts'
import { unpackRecord } from '../rows/stored-record.ts'
import {
  selectLiveDenials,
  selectLiveDenialsWithEnd,
  selectLiveWatermarks,
  type LiveRow,
} from './select-live.ts'

/** Most rows that one statement reads of what is alive. */
export const LIVE_STEP_ROWS = 1_000
/** A step ends when its records have so many bytes. The step that is read ahead has as many. */
export const LIVE_STEP_BYTES: number = 4 * 1024 * 1024
/** Before every row: times are of this epoch. */
const START_MS = -1

/** Which rows of a partition are alive, by the clock of the snapshot. */
export interface LiveTerms {
  readonly partition: number
  readonly takenAtMs: number
  /** T_max and its margin: no token is judged by what is older. */
  readonly baseAgeMs: number
}

/**
 * The denials and watermarks of a partition that judge living tokens: what a reader must know who starts at a
 * new root (rule 49). Rows are read in steps, and each step while the one before is used. A denial of a session
 * or a token judges none when it is older than T_max and its margin, or when its token ended before the skew
 * of clocks.
 */
export async function* liveSteps(
  tx: Queryable,
  { partition, takenAtMs, baseAgeMs }: LiveTerms,
): AsyncGenerator<readonly PublishableRow[]> {
  const walk = (statement: Statement, of: unknown, sinceMs = START_MS) =>
    walkSteps(tx, { statement, of, sinceMs }, (row) => publishable(partition, row))
  if (partition === CONTROL_PARTITION) {
    const oldestMs = takenAtMs - baseAgeMs
    const since: Readonly<Record<DenialKind, number>> = {
      key: START_MS,
      issuer: START_MS,
      session: oldestMs,
      token: oldestMs,
    }
    for (const [kind, sinceMs] of Object.entries(since))
      yield* walk(selectLiveDenials, kind, sinceMs)
    yield* walk(selectLiveDenialsWithEnd, takenAtMs - DENIAL_SKEW_MS, oldestMs)
  }
  yield* walk(selectLiveWatermarks, partition)
}

interface Walked {
  readonly statement: Statement
  /** The last value of the statement. */
  readonly of: unknown
  readonly sinceMs: number
}

async function* walkSteps(
  tx: Queryable,
  { statement, of, sinceMs }: Walked,
  publishableOf: (row: LiveRow) => readonly PublishableRow[],
): AsyncGenerator<readonly PublishableRow[]> {
  const step = async ({ at, key }: Pick<LiveRow, 'at' | 'key'>): Promise<readonly LiveRow[]> => {
    const values = [at, key, LIVE_STEP_ROWS, LIVE_STEP_BYTES, of]
    return (await tx.query<LiveRow>(statement, values)).rows
  }
  let ahead = step({ at: BigInt(sinceMs), key: '' })
  for (;;) {
    const rows = await ahead
    const last = rows.at(-1)
    if (last === undefined) return
    ahead = step(last)
    // A caller that stops early ends the transaction: the error of the step that was read ahead is not lost.
    ahead.catch(() => undefined)
    try {
      yield rows.flatMap(publishableOf)
    } finally {
      await ahead
    }
  }
}

function publishable(partition: number, row: LiveRow): readonly PublishableRow[] {
  return [row.record, row.time_record].flatMap((packed) => {
    if (packed === null) return []
    const record = unpackRecord(packed)
    return [{ id: null, record, permanent: permanentNameOf(partition, record) }]
  })
}
