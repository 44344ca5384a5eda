import type { CheckpointRef, StoredHead } from '@freshet/protocol'
import type { Row, SourceName } from './record.ts'

/** The state of one source in one partition. */
export interface Feed {
  complete: number
  beyond: number[]
  throughMs: number | null
}

/** Everything that the database has about one partition. A step of the model is a transaction. */
export interface PartitionState {
  e: bigint
  next: number
  lastId: string | null
  feeds: Record<SourceName, Feed>
  losses: Map<string, number>
  watermarks: Map<string, Row>
  denials: Map<string, { row: Row; publishedIn: StoredHead | null }>
  outbox: Map<string, Row>
  sequence: number
  owner: string | null
  ownedUntilMs: number
  generation: bigint
  head: StoredHead | null
  base: CheckpointRef | null
  history: StoredHead[]
}

function silent(): Feed {
  return { complete: 0, beyond: [], throughMs: null }
}

export function emptyPartition(): PartitionState {
  return {
    e: 1n,
    next: 0,
    lastId: null,
    feeds: { hr: silent(), neighbour: silent(), sec: silent() },
    losses: new Map(),
    watermarks: new Map(),
    denials: new Map(),
    outbox: new Map(),
    sequence: 0,
    owner: null,
    ownedUntilMs: 0,
    generation: 0n,
    head: null,
    base: null,
    history: [],
  }
}

function copyFeed(feed: Feed): Feed {
  return { ...feed, beyond: [...feed.beyond] }
}

/** Returns a backup of one partition: it shares no object that a transaction changes. */
export function copyPartition(state: PartitionState): PartitionState {
  return {
    ...state,
    feeds: {
      hr: copyFeed(state.feeds.hr),
      neighbour: copyFeed(state.feeds.neighbour),
      sec: copyFeed(state.feeds.sec),
    },
    losses: new Map(state.losses),
    watermarks: new Map(state.watermarks),
    denials: new Map([...state.denials].map(([key, each]) => [key, { ...each }])),
    outbox: new Map(state.outbox),
    history: [...state.history],
  }
}
