import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { StatedKind } from '@freshet/protocol'
import { CliError } from '../cli-error.ts'
import { kindOfRow, partsOfRow, type LoadRow } from './load-row.ts'
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
  /** The kinds of state of the rows beside claims. */
  readonly states: ReadonlySet<StatedKind>
  /** The rule that each bad line breaks. */
  readonly bad: ReadonlyMap<number, string>
}

/** A file, and the identity provider of subjects whose line names none. */
export interface SurveyedFile {
  readonly path: string
  readonly format: LoadFormat
  readonly iss: string
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
 * Reads a whole file and checks each line. That two lines state the same thing is found by 96 bits
 * of their SHA-256, so that memory stays small.
 *
 * @throws `CliError` for a file that is too large or of which nothing can be read
 */
export async function surveyFile(
  { path, format, iss }: SurveyedFile,
  ruleBroken: (row: LoadRow) => string | undefined,
): Promise<Survey> {
  const seen = new Set<string>()
  const bad = new Map<number, string>()
  const states = new Set<StatedKind>()
  let rows = 0
  for await (const { line, row, problem } of readRows(path, format)) {
    rows += 1
    if (rows > LINES_MAX) throw new CliError('error', `${path} has more than ${LINES_MAX} lines.`)
    const rule = row ? (ruleBroken(row) ?? repeated(seen, partsOfRow(row, iss))) : problem
    const kind = row && kindOfRow(row)
    if (rule !== undefined) bad.set(line, rule)
    else if (kind !== undefined) states.add(kind)
    if (bad.size > BAD_LINES_MAX) return { rows, states, bad }
  }
  return { rows: rows - bad.size, states, bad }
}

function repeated(seen: Set<string>, parts: readonly string[]): string | undefined {
  const short = hash('sha256', JSON.stringify(parts), 'base64url').slice(0, DIGEST_LENGTH)
  if (seen.has(short)) return 'states the same thing as a line before'
  seen.add(short)
  return undefined
}
