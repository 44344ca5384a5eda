import type { Ending, EndRecord, SourceVersion, SweepSize, WalkCursor } from '@freshet/domain'

type Version = readonly [epoch: string, n: string]
type Cursor = readonly [subject: string, claim: string]

interface StoredCounting {
  readonly phase: 'counting'
  readonly end: readonly [e: string, offset: string]
  readonly after: Cursor
  readonly size: SweepSize
}

interface StoredTaking {
  readonly phase: 'taking'
  readonly end: Omit<EndRecord, 'e' | 'offset'> & { readonly e: string; readonly offset: string }
  readonly begin: string | null
  readonly floor: Version
  readonly covers: readonly string[]
  readonly after: Cursor | null
  readonly lost: boolean
}

/** What the column `feed.ending` holds. */
export type StoredEnding = StoredCounting | StoredTaking

/** The text of the column. */
export function storedEnding(ending: Ending | null): string | null {
  return ending === null ? null : JSON.stringify(toStored(ending))
}

function toStored(ending: Ending): StoredEnding {
  if (ending.phase === 'counting') {
    const { end, after, size, phase } = ending
    return { phase, end: [String(end.e), String(end.offset)], after: pairOf(after), size }
  }
  const { end, floor, after, ...rest } = ending
  return {
    ...rest,
    end: { ...end, e: String(end.e), offset: String(end.offset) },
    floor: [String(floor.epoch), String(floor.n)],
    after: after && pairOf(after),
  }
}

/** The inverse. */
export function toEnding(stored: StoredEnding | null): Ending | null {
  if (stored === null) return null
  if (stored.phase === 'counting') {
    const [e, offset] = stored.end
    return { ...stored, end: { e: BigInt(e), offset: BigInt(offset) }, after: toCursor(stored.after) }
  }
  const { end, floor, after } = stored
  return {
    ...stored,
    end: { ...end, e: BigInt(end.e), offset: BigInt(end.offset) },
    floor: toVersion(floor),
    after: after && toCursor(after),
  }
}

function pairOf({ subject, claim }: WalkCursor): Cursor {
  return [subject, claim]
}

function toCursor([subject, claim]: Cursor): WalkCursor {
  return { subject, claim }
}

function toVersion([epoch, n]: Version): SourceVersion {
  return { epoch: BigInt(epoch), n: BigInt(n) }
}
