import type { ActivePolicy, HeldFeed, HeldGrant } from '@freshet/protocol'
import { gather } from '@freshet/wire'
import { bools, columnsOf, int4s, int8s, jsonbs, texts } from '../../rows/columns.ts'
import type { Queryable } from '../../connection/query.ts'
import { storedGrants } from '../../rows/stored-grants.ts'
import {
  selectFeeds,
  updateThrough,
  upsertFeeds,
  type StoredFeed,
  storedEnding,
} from './feed-rows.ts'
import { updateProgress } from '../progress.ts'

/** A feed in one partition. */
export interface FeedPlace {
  readonly partition: number
  readonly tenant: string
  readonly source: string
}

/** A feed with the partition that it is stored for. */
export interface PlacedFeed extends HeldFeed {
  readonly partition: number
}

/** The new position of a partition, and its policy. `lastHash`, `openings`: null leaves them as they are. */
export interface Moved {
  readonly partition: number
  readonly nextOffset: bigint
  readonly lastHash: string | null
  readonly policy: ActivePolicy
  readonly grants: readonly HeldGrant[] | null
}

/** The rows that every batch touches, also one of heartbeats alone. Each method runs one statement, whatever the partitions. */
export interface CommonRows {
  feeds(places: readonly FeedPlace[]): Promise<readonly PlacedRow[]>
  saveFeeds(feeds: readonly PlacedFeed[]): Promise<void>
  /** The same for stored feeds of which `through` alone changed. */
  raiseThrough(feeds: readonly PlacedFeed[]): Promise<void>
  move(moved: readonly Moved[]): Promise<void>
}

/** A stored feed with its partition. */
export type PlacedRow = StoredFeed & { readonly partition: number }

/** Batches of a transaction that share a statement at most; one of each partition comes. */
const BATCHING = { max: 16 } as const

/** The statements of one transaction. */
export function commonRows(tx: Queryable): CommonRows {
  return {
    async feeds(places) {
      const values = columnsOf(places, [
        int4s(({ partition }) => partition),
        texts(({ tenant }) => tenant),
        texts(({ source }) => source),
      ])
      return (await tx.query<PlacedRow & Record<string, unknown>>(selectFeeds, values)).rows
    },
    saveFeeds: async (feeds) => void (await tx.query(upsertFeeds, feedValues(feeds))),
    async raiseThrough(feeds) {
      const { count } = await tx.query(updateThrough, throughValues(feeds))
      // A row that was pruned meanwhile is stored again.
      if (count < feeds.length) await tx.query(upsertFeeds, feedValues(feeds))
    },
    move: async (moved) => void (await tx.query(updateProgress, moveValues(moved))),
  }
}

/** The same, where what several partitions ask for at the same time shares a statement. */
export function sharedRows(rows: CommonRows): CommonRows {
  const feeds = gather(async (all: readonly (readonly FeedPlace[])[]) => {
    const found = await rows.feeds(all.flat())
    return all.map((places) => found.filter(({ partition }) => partition === places[0]?.partition))
  }, BATCHING)
  const saveFeeds = gather(async (all: readonly (readonly PlacedFeed[])[]) => {
    await rows.saveFeeds(all.flat())
    return all.map(() => undefined)
  }, BATCHING)
  const raiseThrough = gather(async (all: readonly (readonly PlacedFeed[])[]) => {
    await rows.raiseThrough(all.flat())
    return all.map(() => undefined)
  }, BATCHING)
  const move = gather(async (all: readonly (readonly Moved[])[]) => {
    await rows.move(all.flat())
    return all.map(() => undefined)
  }, BATCHING)
  return { feeds, saveFeeds, raiseThrough, move }
}

function throughValues(feeds: readonly PlacedFeed[]): readonly Buffer[] {
  return columnsOf(feeds, [
    int4s(({ partition }) => partition),
    texts(({ tenant }) => tenant),
    texts(({ source }) => source),
    int8s(({ feed }) => feed.throughMs),
  ])
}

function feedValues(feeds: readonly PlacedFeed[]): readonly Buffer[] {
  return columnsOf(feeds, [
    int4s(({ partition }) => partition),
    texts(({ tenant }) => tenant),
    texts(({ source }) => source),
    int8s(({ feed }) => feed.complete),
    texts(({ feed }) => `{${feed.beyond.join(',')}}`),
    int8s(({ feed }) => feed.throughMs),
    bools(({ feed }) => feed.halted),
    int8s(({ statements }) => statements.open?.epoch ?? null),
    int8s(({ statements }) => statements.open?.n ?? null),
    int8s(({ statements }) => statements.newest.epoch),
    int8s(({ statements }) => statements.newest.n),
    texts(({ statements }) => statements.latest),
    texts(({ statements }) => statements.ended),
    bools(({ statements }) => statements.held),
    int8s(({ statements }) => statements.compared),
    jsonbs(({ statements }) => JSON.stringify(statements.covers)),
    int8s(({ removals }) => removals?.count ?? 0),
    int8s(({ removals }) => removals?.sinceMs ?? null),
    jsonbs(({ statements }) => storedEnding(statements.ending)),
    jsonbs(({ statements }) => JSON.stringify(statements.states)),
    int8s(({ feed }) => feed.aheadMs ?? null),
  ])
}

function moveValues(moved: readonly Moved[]): readonly Buffer[] {
  return columnsOf(moved, [
    int4s(({ partition }) => partition),
    int8s(({ nextOffset }) => nextOffset),
    texts(({ lastHash }) => lastHash),
    int4s(({ policy }) => policy.pv),
    texts(({ policy }) => policy.hash),
    int4s(({ policy }) => policy.minimum),
    jsonbs(({ grants }) => storedGrants(grants)),
    int8s(({ policy }) => policy.foreignSinceMs ?? null),
    jsonbs(({ policy: { given } }) => (given ? JSON.stringify(Object.fromEntries(given)) : null)),
  ])
}
