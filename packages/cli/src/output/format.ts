import { InvalidArgumentError } from '@commander-js/extra-typings'
import { CliError } from '../cli-error.ts'
import type { Shell } from '../shell.ts'
import { printable } from './printable.ts'
import { PLAIN_VIEW, type View } from './view.ts'

/** The forms in which a command writes its data. */
export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'jsonl', 'yaml', 'name'] as const

/** One of {@link OUTPUT_FORMATS}. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

/** The flag that every command with data has. */
export const OUTPUT_FLAGS = '-o, --output <format>'

/** The help of the option. */
export const OUTPUT_HELP: string = OUTPUT_FORMATS.join(', ')

/** Reads the flag's value. */
export function readFormat(text: string): OutputFormat {
  const format = OUTPUT_FORMATS.find((each) => each === text)
  if (format !== undefined) return format
  throw new InvalidArgumentError(`Allowed are ${OUTPUT_HELP}.`)
}

/** Something to be shown: as data, and as people read it. */
export interface Shown {
  readonly data: unknown
  /** The items of `jsonl`, one per line. Default: the data as one line. */
  readonly items?: readonly unknown[]
  text(view: View): string
  /** False: tables have no headings. */
  readonly headers?: boolean
  /** True: long lines are broken at spaces on a terminal. */
  readonly isProse?: boolean
}

/** The help of the option that leaves the headings out. */
export const NO_HEADERS_HELP = 'leave out the headings of tables'

/** Writes it to stdout in the format asked for. */
export async function show(shell: Shell, format: OutputFormat, shown: Shown): Promise<void> {
  switch (format) {
    case 'json':
      return shell.out(`${JSON.stringify(shown.data, null, 2)}\n`)
    case 'jsonl':
      for (const item of shown.items ?? [shown.data]) shell.out(`${JSON.stringify(item)}\n`)
      return
    case 'yaml': {
      const { stringify } = await import('yaml')
      return shell.out(stringify(JSON.parse(JSON.stringify(shown.data))))
    }
    case 'name':
      for (const item of shown.items ?? [shown.data]) shell.out(`${nameOf(item)}\n`)
      return
    case 'table':
    case 'wide':
      return shell.out(`${peopleText(shell, format, shown)}\n`)
  }
}

/** A pipe gets its lines whole: programs search them. */
function peopleText(shell: Shell, format: 'table' | 'wide', shown: Shown): string {
  const text = shown.text(viewOf(shell, format, shown.headers))
  const wraps = shown.isProse === true && format === 'table' && shell.isTerminal
  return wraps ? wrapLines(text, shell.columns) : text
}

/** Tables fit the terminal, or 80 columns without one. A wide table has all columns, and exact times. */
function viewOf(shell: Shell, format: 'table' | 'wide', headers = true): View {
  const base = { colors: shell.colors, hasHeadings: headers }
  if (format === 'wide') return { ...PLAIN_VIEW, ...base }
  const nowMs = shell.isTerminal ? shell.nowMs() : undefined
  return { ...base, columns: shell.columns, nowMs }
}

/** Returns true for the formats that people read. */
export function isForPeople(format: OutputFormat): format is 'table' | 'wide' {
  return format === 'table' || format === 'wide'
}

/** Members that name an item, the most exact first. */
const NAMES = ['id', 'jti', 'edge', 'kid', 'name', 'claim', 'source', 'service', 'version'] as const

function nameOf(item: unknown): string {
  const members = Object(item) as Readonly<Record<string, unknown>>
  const found = NAMES.map((member) => members[member]).find(isName)
  if (found !== undefined) return printable(String(found))
  throw new CliError('usage', 'This command has no names to print.', {
    next: 'use -o json, or another command',
  })
}

function isName(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

/** Characters by which the rest of a broken line is indented. */
const HANGING = 4
// oxlint-disable-next-line no-control-regex
const COLOUR = /\u001b\[\d+m/g

/** Breaks each line that is longer than this at spaces. The rest is indented. */
export function wrapLines(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns))
    .join('\n')
}

function wrapLine(line: string, columns: number): readonly string[] {
  if (lengthOf(line) <= columns) return [line]
  const [lead = ''] = /^ */.exec(line) ?? []
  const rest = `${lead}${' '.repeat(HANGING)}`
  const lines: string[] = []
  let current = lead
  for (const part of line.trimStart().split(' ')) {
    const isEmpty = current.trim() === ''
    const next = isEmpty ? `${current}${part}` : `${current} ${part}`
    if (isEmpty || lengthOf(next) <= columns) current = next
    else {
      lines.push(current)
      current = `${rest}${part}`
    }
  }
  return [...lines, current]
}

function lengthOf(text: string): number {
  return text.replaceAll(COLOUR, '').length
}
