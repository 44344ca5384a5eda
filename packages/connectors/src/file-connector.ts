import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import type { Connector, Hint, Json, Row } from '@freshet/connect'
import { FreshetError, type SourceConnection } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { parse } from 'csv-parse'

/** Longest line or record of a file, in bytes. */
export const FILE_RECORD_BYTES_MAX = 65_536

/**
 * Reads the subjects of a file: JSON lines (`.jsonl`), CSV (`.csv`) or LDIF (`.ldif`), by the end of its name. A file
 * that another program replaces by a rename is read whole. A file that changes while it is read, or whose last line has
 * no end, is read again later, and nothing is removed meanwhile.
 *
 * Options: `key`, the member or column that names the subject (default `id`); `enabled`, the one with the state of
 * the account (`false` or `0`: disabled); `lists`, the columns of a CSV file that have several values, separated by `|`.
 */
export function fileConnector(
  { at, options, intervalMs }: SourceConnection,
  timer: Timer,
): Connector {
  const keyOf = options.get('key') ?? 'id'
  const enabledOf = options.get('enabled')
  const lists = new Set(options.get('lists')?.split(',') ?? [])
  return {
    covers: 'upstream',
    hints: (cursor, signal) => followFile({ at, intervalMs, timer }, cursor, signal),
    async *list(signal) {
      const before = await markOf(at)
      for await (const attributes of recordsOf(at, lists, signal)) {
        const key = attributes[keyOf]
        if (typeof key !== 'string' || key === '')
          throw unreadable(at, `a record has no text in ${keyOf}`)
        yield rowOf(key, attributes, enabledOf)
      }
      if ((await markOf(at)) !== before) throw unreadable(at, 'it changed while it was read')
    },
  }
}

/** A record of a file, by its members, columns or attributes. */
type FileRecord = Readonly<Record<string, Json>>

function rowOf(key: string, attributes: FileRecord, enabledOf: string | undefined): Row {
  const enabled = enabledOf === undefined ? undefined : attributes[enabledOf]
  const text = typeof enabled === 'boolean' ? JSON.stringify(enabled) : enabled
  if (typeof text !== 'string' || text === '') return { key, attributes }
  return { key, attributes, enabled: !['false', '0'].includes(text.toLowerCase()) }
}

/** The cursor is the hash of the file, so a file that was only touched is not compared. */
async function* followFile(
  { at, intervalMs, timer }: { at: string; intervalMs: number; timer: Timer },
  cursor: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Hint> {
  let hash = cursor
  let mark: string | undefined
  while (!signal.aborted) {
    const startedMs = timer.monotonicMs()
    const now = await markOf(at)
    if (now !== mark) {
      const found = await hashOf(at)
      if (found !== hash) yield { kind: 'touched-all', why: 'the file has other content' }
      hash = found
      mark = now
    }
    yield { kind: 'drained', cursor: hash ?? '', startedMs }
    await timer.sleep(intervalMs, signal)
  }
}

async function markOf(at: string): Promise<string> {
  try {
    const { mtimeNs, size, ino } = await stat(at, { bigint: true })
    return `${ino}:${size}:${mtimeNs}`
  } catch (cause) {
    throw unreadable(at, 'it cannot be opened', cause)
  }
}

async function hashOf(at: string): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(at), digest)
  return digest.digest('base64url')
}

function recordsOf(
  at: string,
  lists: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncIterable<FileRecord> {
  if (at.endsWith('.csv')) return csvRecords(at, lists, signal)
  if (at.endsWith('.ldif')) return ldifRecords(at, signal)
  if (at.endsWith('.jsonl')) return jsonRecords(at, signal)
  throw unreadable(at, 'its name ends with none of .jsonl, .csv and .ldif')
}

async function* csvRecords(
  at: string,
  lists: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<FileRecord> {
  await requireLineEnd(at)
  const file = createReadStream(at, { signal })
  const parser = parse({ bom: true, columns: true, max_record_size: FILE_RECORD_BYTES_MAX })
  file.on('error', (error) => parser.destroy(error))
  try {
    for await (const record of file.pipe(parser) as AsyncIterable<Record<string, string>>) {
      const listed = Object.entries(record).map(([column, cell]) => [
        column,
        lists.has(column) ? cell.split('|').filter((value) => value !== '') : cell,
      ])
      yield Object.fromEntries(listed) as FileRecord
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw unreadable(at, 'it is not CSV', cause)
  } finally {
    file.destroy()
  }
}

async function* jsonRecords(at: string, signal: AbortSignal): AsyncGenerator<FileRecord> {
  let number = 0
  for await (const line of linesOf(at, signal)) {
    number += 1
    if (line.trim() === '') continue
    let json: unknown
    try {
      json = JSON.parse(line)
    } catch {
      throw unreadable(at, `line ${number} is not JSON`)
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw unreadable(at, `line ${number} is no object`)
    yield json as FileRecord
  }
}

/** The entries of LDIF (RFC 2849): each attribute has a list of its values, and `dn` is text. */
async function* ldifRecords(at: string, signal: AbortSignal): AsyncGenerator<FileRecord> {
  let entry: string[] = []
  for await (const line of linesOf(at, signal)) {
    if (line.startsWith('#')) continue
    if (line.startsWith(' ') && entry.length > 0) entry.push(`${entry.pop()}${line.slice(1)}`)
    else if (line !== '') entry.push(line)
    else {
      const record = ldifEntry(at, entry)
      if (record !== undefined) yield record
      entry = []
    }
  }
  const last = ldifEntry(at, entry)
  if (last !== undefined) yield last
}

function ldifEntry(at: string, lines: readonly string[]): FileRecord | undefined {
  const attributes = new Map<string, string[]>()
  let dn = ''
  for (const line of lines) {
    const [, name, encoding, value = ''] = /^([\w.;-]+):([:<]?) *(.*)$/.exec(line) ?? []
    if (name === undefined || encoding === '<') throw unreadable(at, 'a line is not LDIF')
    const text = encoding === ':' ? Buffer.from(value, 'base64').toString() : value
    if (name === 'changetype') throw unreadable(at, 'it has changes, and not entries')
    if (name === 'dn') dn = text
    else if (name !== 'version') attributes.set(name, [...(attributes.get(name) ?? []), text])
  }
  return dn === '' ? undefined : { ...Object.fromEntries(attributes), dn }
}

async function* linesOf(at: string, signal: AbortSignal): AsyncGenerator<string> {
  await requireLineEnd(at)
  const input = createReadStream(at, { signal })
  const failed = new Promise<never>((_, reject) => input.once('error', reject))
  failed.catch(() => undefined)
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (Buffer.byteLength(line) > FILE_RECORD_BYTES_MAX)
        throw unreadable(at, `a line has more than ${FILE_RECORD_BYTES_MAX} bytes`)
      yield line
    }
    if (input.errored !== null) await failed
  } finally {
    input.destroy()
  }
}

/** A file without an end of its last line was cut off, or is still being written. */
async function requireLineEnd(at: string): Promise<void> {
  const { size } = await stat(at)
  let last = ''
  for await (const chunk of createReadStream(at, { start: Math.max(0, size - 1) }))
    last = String(chunk)
  if (!last.endsWith('\n')) throw unreadable(at, 'its last line has no end')
}

function unreadable(at: string, why: string, cause?: unknown): FreshetError {
  return new FreshetError('connect.unavailable', `${at} cannot be read: ${why}.`, { cause })
}
