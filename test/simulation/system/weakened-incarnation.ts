import { FreshetError } from '@freshet/protocol'
import type { LogReader } from '@freshet/wire'
import type { IncarnationParts, IncarnationStore } from '@freshet/reconciler'
import type { LogEnds } from './guards.ts'

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
