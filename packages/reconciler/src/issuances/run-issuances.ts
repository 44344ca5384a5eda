import {
  claimMapOf,
  dispositionOf,
  foreignToken,
  type ClaimMap,
  type ForeignToken,
} from '@freshet/protocol'
import type { PolicyVersion } from '@freshet/registry'
import {
  ISSUANCES_TOPIC,
  readIssuance,
  type LogReader,
  type LogRecord,
  type Timer,
} from '@freshet/wire'
import type { Rest } from '../quiet-rests.ts'

/** Tokens that one step of marking reads. */
export const FOREIGN_MARK_ROWS = 1_000
/** Pause between two steps of marking, and after a failure of either loop. */
export const FOREIGN_PAUSE_MS = 1_000

/** The dependencies of reading issuances. */
export interface IssuanceParts {
  readonly ledger: ForeignLedger
  readonly reader: LogReader
  readonly timer: Timer
  /** The version whose issuers and keys count. */
  readonly version: () => PolicyVersion
  /**
   * Called with the number of a partition's records that were passed over, and the rule that the first of
   * them breaks.
   */
  readonly onRefused: (partition: number, records: number, rule: string) => void
  readonly onFailed: (error: unknown) => void
  /** The rest after the last token was read. Absent: it sleeps. */
  readonly rest?: Rest
  /** Called after tokens were stored, for that rest. */
  readonly onStored?: () => void
}

/**
 * Stores the tokens that foreign issuers report as issued, and marks the stale ones, until the signal aborts.
 * A record without proof is passed over and reported: then evidence is missing, but no token is judged by it.
 *
 * @throws every error that is not of disposition `retry`
 */
export async function runIssuances(parts: IssuanceParts, signal: AbortSignal): Promise<void> {
  let cursor: ForeignCursor | null = null
  const mark = async (): Promise<void> => {
    ;({ cursor } = await parts.ledger.mark(cursor, FOREIGN_MARK_ROWS, parts.timer.nowMs()))
  }
  const sleep: Rest = (ms) => parts.timer.sleep(ms, signal)
  const restOfMarking: Rest = (...terms) =>
    (cursor === null ? (parts.rest ?? sleep) : sleep)(...terms)
  await Promise.all([
    repeat(parts, () => read(parts, signal), { rest: sleep, signal }),
    repeat(parts, mark, { rest: restOfMarking, signal }),
  ])
}

async function repeat(
  { timer, onFailed }: IssuanceParts,
  work: () => Promise<void>,
  { rest, signal }: { readonly rest: Rest; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const isDone = await work().then(
      () => true,
      (error: unknown) => {
        if (dispositionOf(error) !== 'retry') throw error
        onFailed(error)
        return false
      },
    )
    await (isDone ? rest(FOREIGN_PAUSE_MS, signal) : timer.sleep(FOREIGN_PAUSE_MS, signal))
  }
}

async function read(parts: IssuanceParts, signal: AbortSignal): Promise<void> {
  const { ledger, reader } = parts
  const [known, bounds] = await Promise.all([ledger.positions(), reader.bounds(ISSUANCES_TOPIC)])
  const from = bounds.map(({ partition, earliest, end }) => {
    const next = known.get(partition) ?? earliest
    // A topic that was created again ends before the position, so it is read from its beginning.
    return [partition, next > end || next < earliest ? earliest : next] as const
  })
  const follower = {
    onRecords: (partition: number, records: readonly LogRecord[]) =>
      keep(parts, partition, records),
    onOffsetLost: (_partition: number, lost: { readonly earliest: bigint }) => lost.earliest,
  }
  await reader.follow(ISSUANCES_TOPIC, new Map(from), follower, signal)
}

async function keep(
  { ledger, version, onRefused, onStored }: IssuanceParts,
  partition: number,
  records: readonly LogRecord[],
): Promise<void> {
  const last = records.at(-1)
  if (last === undefined) return
  const map = claimMapOf(version().registry)
  const found = records.map((record) => tokenOf(record, version(), map))
  const rules = found.filter((each): each is string => typeof each === 'string')
  if (rules[0] !== undefined) onRefused(partition, rules.length, rules[0])
  const tokens = found.filter((each): each is ForeignToken => typeof each === 'object')
  await ledger.record(partition, last.offset + 1n, tokens)
  if (tokens.length > 0) onStored?.()
}

/** Returns the token, or the reason why there is none. */
function tokenOf(
  record: LogRecord,
  { registry, sourceKeys }: PolicyVersion,
  map: ClaimMap,
): ForeignToken | string {
  const sources = new Map(
    [...(registry.issuers?.values() ?? [])].map(({ issuer, issuances }) => [issuer, issuances]),
  )
  const proven = readIssuance(record, ({ issuer }) => {
    const source = sources.get(issuer)
    return source === undefined ? [] : sourceKeys(source)
  })
  if (proven.kind === 'refused') return proven.rule
  const { issuer, jti, subject, client, audience, kid, iatMs, expMs, claims } = proven.issuance
  const terms = map.issuers?.get(issuer)
  const issued = { issuer, jti, subject, client, audience, kid, iatMs, expMs, claims }
  const token = terms && foreignToken(issued, terms, map)
  return token ?? 'the issuance is not within the terms of its issuer'
}

/** The place of marked foreign tokens from which the next call of `mark` continues. */
export interface ForeignCursor {
  readonly issuer: string
  readonly jti: string
}

/** One step of marking. */
export interface MarkedForeign {
  readonly marked: number
  /** `null`: the end was reached, and the next step starts again. */
  readonly cursor: ForeignCursor | null
}

/** The ledger of tokens that foreign issuers reported as issued. It is evidence and decides nothing. */
export interface ForeignLedger {
  /** Next offset of the issuance topic, by partition; a partition of which nothing was read is absent. */
  positions(): Promise<ReadonlyMap<number, bigint>>
  /**
   * Stores tokens from before `nextOffset` of a partition, and moves its position there, in one transaction.
   * A known token stays as it is; a position never goes back.
   *
   * @throws `database.*`
   */
  record(partition: number, nextOffset: bigint, tokens: readonly ForeignToken[]): Promise<void>
  /**
   * Marks the tokens that a time or a denial makes stale, and counts them with the change. It reads at most
   * `rows` tokens behind the cursor that are valid at `nowMs`. The first mark of a token stays.
   *
   * @throws `database.*`
   */
  mark(cursor: ForeignCursor | null, rows: number, nowMs: number): Promise<MarkedForeign>
}
