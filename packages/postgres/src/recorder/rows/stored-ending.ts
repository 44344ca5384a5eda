import type { Ending, EndRecord, SourceVersion, RemovalSize, WalkCursor } from '@freshet/protocol'

type Version = readonly [epoch: string, n: string]
type Cursor = readonly [subject: string, claim: string]

interface StoredCounting {
  readonly phase: 'counting'
  readonly floor: Version
  readonly pv: number
  readonly after: Cursor | null
  readonly size: RemovalSize
}

interface StoredTaking {
  readonly phase: 'taking'
  readonly end: Omit<EndRecord, 'e' | 'offset'> & { readonly e: string; readonly offset: string }
  readonly begin: string | null
  readonly floor: Version
  readonly covers: readonly string[]
  readonly after: Cursor | null
  readonly lost: boolean
  readonly tightened: boolean
}

/** The content of the column `feed.ending`. */
export type StoredEnding = StoredCounting | StoredTaking

/** The text of the column. */
export function storedEnding(ending: Ending | null): string | null {
  return ending === null ? null : JSON.stringify(toStored(ending))
}

function toStored(ending: Ending): StoredEnding {
  const { epoch, n } = ending.floor
  const floor = [String(epoch), String(n)] as const
  const after = ending.after && pairOf(ending.after)
  if (ending.phase === 'counting') return { ...ending, floor, after }
  const { e, offset } = ending.end
  const end = { ...ending.end, e: String(e), offset: String(offset) }
  return { ...ending, floor, after, end }
}

/** The inverse. */
export function toEnding(stored: StoredEnding | null): Ending | null {
  if (stored === null) return null
  const floor = toVersion(stored.floor)
  const after = stored.after && toCursor(stored.after)
  if (stored.phase === 'counting') return { ...stored, floor, after }
  const { e, offset } = stored.end
  const end = { ...stored.end, e: BigInt(e), offset: BigInt(offset) }
  return { ...stored, floor, after, end }
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
