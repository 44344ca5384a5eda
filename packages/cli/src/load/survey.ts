import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { CliError } from '../cli-error.ts'
import type { LoadRow } from './load-row.ts'
import { readRows, type LoadFormat } from './read-rows.ts'

/** Most lines of a file; what is remembered of each is below 64 bytes. */
export const LINES_MAX = 5_000_000
/** Most bad lines that may be skipped: a file with more is another file than was meant. */
export const BAD_LINES_MAX = 10_000

/** Characters of base64url that distinguish two lines: 96 bits. */
const DIGEST_LENGTH = 16

/** A file with the moment at which it was written. */
export interface FileMark {
  readonly hash: string
  readonly bytes: number
  readonly writtenAtMs: number
}

/** The content of a file. */
export interface Survey {
  readonly rows: number
  /** The rule that each bad line breaks. */
  readonly bad: ReadonlyMap<number, string>
}

/** @throws `CliError` not found */
export async function markFile(path: string): Promise<FileMark> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new CliError('notFound', `${path} cannot be read.`, { cause })
  })
  const digest = createHash('sha256')
  await pipeline(createReadStream(path), digest)
  const writtenAtMs = Math.trunc(found.mtimeMs)
  return { hash: digest.digest('base64url'), bytes: found.size, writtenAtMs }
}

/**
 * Reads a whole file and checks each line. That a subject and claim stand twice is found by 96 bits
 * of their SHA-256, so that memory stays small.
 *
 * @throws `CliError` for a file that is too large or of which nothing can be read
 */
export async function surveyFile(
  path: string,
  format: LoadFormat,
  ruleBroken: (row: LoadRow) => string | undefined,
): Promise<Survey> {
  const seen = new Set<string>()
  const bad = new Map<number, string>()
  let rows = 0
  for await (const { line, row, problem } of readRows(path, format)) {
    rows += 1
    if (rows > LINES_MAX) throw new CliError('error', `${path} has more than ${LINES_MAX} lines.`)
    const rule = row === undefined ? problem : (ruleBroken(row) ?? repeated(seen, row))
    if (rule === undefined) continue
    bad.set(line, rule)
    if (bad.size > BAD_LINES_MAX) return { rows, bad }
  }
  return { rows: rows - bad.size, bad }
}

function repeated(seen: Set<string>, { subject, iss, claim }: LoadRow): string | undefined {
  const key = JSON.stringify([subject, iss ?? '', claim])
  const short = hash('sha256', key, 'base64url').slice(0, DIGEST_LENGTH)
  if (seen.has(short)) return 'states a claim of a subject that a line before has stated'
  seen.add(short)
  return undefined
}
