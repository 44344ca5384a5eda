import { FreshetError, type ClaimMap } from '@freshet/protocol'
import type { IncarnationParts, IncarnationStore } from '@freshet/reconciler'
import { readCheckpoint, type LogFollower, type LogReader, type LogRecord } from '@freshet/wire'
import type { LogEnds } from '../system/guards.ts'
import type { ProductControl } from './control.ts'

/** Rule 10: batches of a superseded publisher do not count. */
export function newestGeneration(reader: LogReader): LogReader {
  const newest = new Map<number, bigint>()
  return withoutCheckpoints(reader, ({ partition }, { generation }) => {
    const before = newest.get(partition) ?? 0n
    if (generation > before) newest.set(partition, generation)
    return generation >= before
  })
}

/** Rules 19 and 46: a checkpoint counts if it continues the last one that did, or is a root. */
export function oneLine(reader: LogReader): LogReader {
  const last = new Map<number, string>()
  return withoutCheckpoints(reader, ({ partition }, { previous, hash }) => {
    const head = last.get(partition)
    const continues = head === undefined || previous === null || previous === head
    if (continues) last.set(partition, hash)
    return continues
  })
}

/** Rule 17: an edge assumes at its start that it has read everything in the topic. */
export function pastTheEnd(reader: LogReader): LogReader {
  return {
    ...methodsOf(reader),
    bounds: async (...args) =>
      (await reader.bounds(...args)).map((each) => ({ ...each, end: each.earliest })),
  }
}

interface Seen {
  readonly generation: bigint
  readonly previous: string | null
  readonly hash: string
}

/** Removes the checkpoints that do not count; the records before them are read all the same. */
function withoutCheckpoints(
  reader: LogReader,
  counts: (record: LogRecord, seen: Seen) => boolean,
): LogReader {
  const isLeft = (record: LogRecord): boolean => {
    const read = readCheckpoint(record)
    return read === undefined || counts(record, { ...read.checkpoint, hash: read.hash })
  }
  const filtering = (follower: LogFollower): LogFollower => ({
    ...follower,
    onRecords: (partition, records, end) =>
      follower.onRecords(partition, records.filter(isLeft), end),
  })
  return {
    ...methodsOf(reader),
    follow: (topic, from, follower, signal) =>
      reader.follow(topic, from, filtering(follower), signal),
  }
}

function methodsOf(reader: LogReader): LogReader {
  return {
    bounds: (...args) => reader.bounds(...args),
    read: (topic, partition, from, limit) => reader.read(topic, partition, from, limit),
    follow: (topic, from, follower, signal) => reader.follow(topic, from, follower, signal),
  }
}

const FOREVER_MS = 10 ** 9

/** Rule 15: the silence of cut-off sources does not count. */
export function cutOffsUnwatched(map: ClaimMap): ClaimMap {
  return { ...map, cutOffs: [] }
}

/** Rule 24: a claim depends on no other. */
export function derivedFromNothing(map: ClaimMap): ClaimMap {
  const claims = [...map.claims].map(([name, mapped]) => [name, { ...mapped, from: [] }] as const)
  return { ...map, claims: new Map(claims) }
}

/** Rule 16: no silence of a source is too long. */
export function noLease(map: ClaimMap): ClaimMap {
  const leasesMs = [...map.leasesMs.keys()].map((source) => [source, FOREVER_MS] as const)
  return { ...map, leasesMs: new Map(leasesMs) }
}

/** Longer than the life of every token. */
const TOO_LONG_MS = 600_000

/** Rule 8: an issuer's copy counts as late by this much. */
const withMargin =
  (marginMs: number) =>
  (map: ClaimMap): ClaimMap => {
    const issuers = [...(map.issuers ?? [])].map(
      ([iss, terms]) => [iss, { ...terms, marginMs }] as const,
    )
    return { ...map, issuers: new Map(issuers) }
  }

/** Rule 26: positions start again, and tokens and watermarks have the same incarnation as before. */
export function oneIncarnation(parts: IncarnationParts): IncarnationParts {
  return withRaise(parts, (raise) => parts.store.raise({ ...raise, to: raise.from }))
}

/** Rule 28: no check reads in the last checkpoint which record was before the position. */
export function databaseAlone(parts: IncarnationParts): IncarnationParts {
  return { ...parts, checkpointKeys: () => [] }
}

/** Rule 28: a leader that shows no record counts as one that has none. */
export function unseenIsLost(parts: IncarnationParts): IncarnationParts {
  return { ...parts, reader: nothingIsLost(parts.reader) }
}

/** Rules 30 and 44: the same for a publisher that reads back. */
export function unseenHeadIsLost({ reader, writer }: LogEnds): LogEnds {
  return { reader: nothingIsLost(reader), writer }
}

function nothingIsLost(reader: LogReader): LogReader {
  return {
    bounds: (...args) => reader.bounds(...args),
    follow: (...followed) => reader.follow(...followed),
    async read(topic, partition, from, limit) {
      const records = await reader.read(topic, partition, from, limit)
      if (records.length > 0) return records
      throw new FreshetError('broker.offset-lost', 'Nothing is shown there.')
    },
  }
}

/** Rule 28: the topic counts as the remembered one, unchecked. */
export function unchecked(parts: IncarnationParts): IncarnationParts {
  return withRaise(parts, () => Promise.resolve())
}

function withRaise(parts: IncarnationParts, raise: IncarnationStore['raise']): IncarnationParts {
  const { store } = parts
  return { ...parts, store: { remembered: (partition) => store.remembered(partition), raise } }
}

/** The controls of edges, and of the incarnation of positions. */
export const EDGE_CONTROLS: readonly ProductControl[] = [
  {
    rule: '8',
    without: 'the margin of an issuer is not added to a time',
    guards: { claimMap: withMargin(1) },
    mix: 'foreign',
    breaks: ['S1'],
    seeds: 60,
  },
  {
    rule: '8',
    without: 'the margin of an issuer ends',
    guards: { claimMap: withMargin(TOO_LONG_MS) },
    mix: 'foreign',
    breaks: ['V4'],
    seeds: 2,
  },
  {
    rule: '10',
    without: 'batches of a superseded publisher do not count',
    guards: { edgeReader: newestGeneration },
    mix: 'storm',
    breaks: ['V1', 'V2'],
    seeds: 100,
  },
  {
    rule: '15',
    without: 'the silence of cut-off sources does not count',
    guards: { claimMap: cutOffsUnwatched },
    mix: 'network',
    breaks: ['S1', 'S2'],
    seeds: 60,
  },
  {
    rule: '16',
    without: 'no lease expires at an edge',
    guards: { claimMap: noLease },
    mix: 'network',
    breaks: ['S1', 'S2'],
    seeds: 12,
  },
  {
    rule: '17',
    without: 'a starting edge counts the topic as read',
    guards: { edgeReader: pastTheEnd },
    mix: 'crashes',
    breaks: ['S5'],
    seeds: 12,
  },
  {
    rule: '19, 46',
    without: 'only a successor of the last checkpoint counts',
    guards: { edgeReader: oneLine },
    mix: 'crashes',
    breaks: ['V1', 'V2'],
    seeds: 12,
  },
  {
    rule: '24',
    without: 'a derived claim is independent of its parent',
    guards: { claimMap: derivedFromNothing },
    mix: 'network',
    breaks: ['S1', 'S2', 'S9'],
    seeds: 12,
  },
  {
    rule: '26',
    without: 'positions restart in the same incarnation',
    guards: { incarnation: oneIncarnation },
    mix: 'history',
    breaks: ['S1', 'S6', 'S9', 'V1', 'V4'],
    seeds: 12,
  },
  {
    rule: '28',
    without: 'the reconciler compares no checkpoint with its position',
    guards: { incarnation: databaseAlone },
    mix: 'rewind',
    breaks: ['S1', 'S6'],
    seeds: 12,
  },
  {
    rule: '28',
    without: 'a record that the leader does not show yet counts as lost',
    guards: { incarnation: unseenIsLost },
    mix: 'elections',
    breaks: ['V8'],
    seeds: 12,
  },
  {
    rule: '30, 44',
    without: 'a checkpoint that the leader does not show yet counts as lost',
    guards: { publisherLog: unseenHeadIsLost },
    mix: 'elections',
    breaks: ['V8'],
    seeds: 12,
  },
  {
    rule: '28',
    without: 'a recreated topic counts as the remembered one',
    guards: { incarnation: unchecked },
    mix: 'history',
    breaks: ['S1', 'S11', 'S17', 'V1'],
    seeds: 12,
  },
]
