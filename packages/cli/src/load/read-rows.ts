import { createReadStream } from 'node:fs'
import { EventError, parseJson } from '@freshet/wire'
import { CsvError, parse } from 'csv-parse'
import { CliError } from '../cli-error.ts'
import { rowOf, type ReadLine } from './load-row.ts'

/** Longest line of a file. */
export const LINE_BYTES_MAX = 65_536
/** The separator of several values in a cell of a CSV file. */
const VALUES_BY = '|'
const NEW_LINE = 10
/** Tab, carriage return and blank: a line of nothing else is passed over. */
const SPACES: ReadonlySet<number> = new Set([9, 13, 32])

/** The form of a file. */
export type LoadFormat = 'jsonl' | 'csv'

/** The lines of a file, one after the other; what is read and done with is not kept. */
export function readRows(path: string, format: LoadFormat): AsyncGenerator<ReadLine> {
  return format === 'csv' ? csvRows(path) : jsonRows(path)
}

async function* jsonRows(path: string): AsyncGenerator<ReadLine> {
  for await (const { line, bytes } of linesOf(path)) {
    if (bytes === undefined) yield { line, problem: `has more than ${LINE_BYTES_MAX} bytes` }
    else if (!bytes.every((byte) => SPACES.has(byte))) yield jsonRow(line, bytes)
  }
}

function jsonRow(line: number, bytes: Uint8Array): ReadLine {
  try {
    return rowOf(line, parseJson(bytes, { maxBytes: LINE_BYTES_MAX, maxDepth: 2 }))
  } catch (error) {
    if (!(error instanceof EventError)) throw error
    const [first] = error.errors
    return { line, problem: `${first?.pointer ?? ''} ${first?.rule ?? 'is not JSON'}`.trim() }
  }
}

interface RawLine {
  readonly line: number
  /** Absent where the line is too long. */
  readonly bytes?: Uint8Array
}

async function* linesOf(path: string): AsyncGenerator<RawLine> {
  let line = 1
  let begun: Buffer = Buffer.alloc(0)
  let isTooLong = false
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0
    for (let to = chunk.indexOf(NEW_LINE); to >= 0; to = chunk.indexOf(NEW_LINE, from)) {
      const rest = chunk.subarray(from, to)
      const bytes = begun.length === 0 ? rest : Buffer.concat([begun, rest])
      yield isTooLong || bytes.length > LINE_BYTES_MAX ? { line } : { line, bytes }
      line += 1
      from = to + 1
      begun = Buffer.alloc(0)
      isTooLong = false
    }
    begun = Buffer.concat([begun, chunk.subarray(from)])
    isTooLong ||= begun.length > LINE_BYTES_MAX
    if (isTooLong) begun = Buffer.alloc(0)
  }
  if (isTooLong) yield { line }
  else if (begun.length > 0) yield { line, bytes: begun }
}

interface CsvRecord {
  readonly record: Readonly<Record<string, string>>
  readonly info: { readonly lines: number; readonly error?: unknown }
}

async function* csvRows(path: string): AsyncGenerator<ReadLine> {
  const file = createReadStream(path)
  const parser = parse({
    bom: true,
    columns: checkHeader,
    info: true,
    max_record_size: LINE_BYTES_MAX,
    relax_column_count: true,
    skip_empty_lines: true,
  })
  file.on('error', (error) => parser.destroy(error))
  try {
    for await (const { record, info } of file.pipe(parser) as AsyncIterable<CsvRecord>) {
      yield csvRow(info.lines, record, info.error !== undefined)
    }
  } catch (error) {
    throw error instanceof CsvError ? notCsv(error) : error
  } finally {
    file.destroy()
  }
}

function csvRow(line: number, record: CsvRecord['record'], isUneven: boolean): ReadLine {
  if (isUneven) return { line, problem: 'has not as many cells as the first line' }
  const { subject, iss, claim = '', value = '', account } = record
  if (Object.values(record).some((cell) => cell.includes('\uFFFD'))) {
    return { line, problem: 'is not UTF-8' }
  }
  const values = value === '' ? [] : value.split(VALUES_BY)
  const isOfClaim = !account || claim !== '' || value !== ''
  return rowOf(line, {
    subject,
    ...(iss && { iss }),
    ...(isOfClaim && { claim, value: values }),
    ...(account && { account }),
  })
}

const OF_CLAIM: readonly string[] = ['claim', 'value']
const COLUMNS: readonly string[] = ['subject', 'iss', ...OF_CLAIM, 'account']

function checkHeader(header: readonly string[]): string[] {
  const names = header.map((name) => name.trim())
  const unique = new Set(names)
  const isKnown = names.every((name) => COLUMNS.includes(name)) && unique.size === names.length
  const ofClaim = OF_CLAIM.filter((name) => unique.has(name)).length
  const isWhole = ofClaim === OF_CLAIM.length || (ofClaim === 0 && unique.has('account'))
  if (isKnown && isWhole && unique.has('subject')) return names
  throw new CliError('error', 'The first line does not name the columns.', {
    why: 'they are subject, claim and value, or subject and account, or all four, and, if need be, iss, each once',
  })
}

function notCsv(error: CsvError): CliError {
  const { lines } = error as unknown as { readonly lines?: number }
  return new CliError('error', `Line ${lines ?? '?'} is not CSV (${error.code}).`, { cause: error })
}
