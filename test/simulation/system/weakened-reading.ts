import { readCheckpoint, type LogFollower, type LogReader, type LogRecord } from '@freshet/wire'

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
