import { PARTITIONS } from '@freshet/protocol'
import type { PruneStore } from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import type { Statement } from '../connection/query.ts'
import { pruneChanges } from './prune-changes.ts'
import { pruneDenials } from './prune-denials.ts'
import { feedValues, pruneFeeds } from './prune-feeds.ts'
import { pruneForeignTokens } from './prune-foreign-tokens.ts'
import { pruneIssuances } from './prune-issuances.ts'
import { pruneMarks } from './prune-marks.ts'
import { pruneParked, trimParked } from './prune-parked.ts'
import { pruneStamps } from './prune-stamps.ts'
import { pruneWatermarks } from './prune-watermarks.ts'

/** Pruning in Postgres. */
export function postgresPruneStore(db: Database): PruneStore {
  const remove = async (statement: Statement, values: readonly unknown[]): Promise<number> =>
    (await db.query(statement, values)).count
  return {
    pruneWatermarks: (beforeMs, limit) => remove(pruneWatermarks, [beforeMs, limit, PARTITIONS]),
    pruneMarks: (beforeMs, limit) => remove(pruneMarks, [beforeMs, limit]),
    pruneChanges: (beforeMs, limit) => remove(pruneChanges, [beforeMs, limit, PARTITIONS]),
    pruneIssuances: (beforeMs, limit) => remove(pruneIssuances, [beforeMs, limit]),
    pruneForeignTokens: (beforeMs, limit) => remove(pruneForeignTokens, [beforeMs, limit]),
    pruneParked: (beforeMs, limit) => remove(pruneParked, [beforeMs, limit]),
    trimParked: (keep, limit) => remove(trimParked, [keep, limit]),
    pruneDenials: (kind, beforeMs, limit) => remove(pruneDenials(kind), [beforeMs, limit]),
    pruneFeeds: (inForce, ...age) => remove(pruneFeeds, feedValues(inForce, ...age)),
    pruneStamps: (beforeMs, limit) => pruneStamps(db, { own: false, beforeMs, limit }),
    pruneOwnStamps: (beforeMs, limit) => pruneStamps(db, { own: true, beforeMs, limit }),
  }
}
