import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes, type ErrorEntry } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { programFor } from '../../packages/cli/src/run-command.ts'
import { readPage, ROOT } from '../docs/pages.ts'

/** The part of a command of Commander that names it. */
interface NamedCommand {
  readonly name: () => string
  readonly commands: readonly NamedCommand[]
  readonly options: readonly { readonly short?: string; readonly long?: string }[]
}

const program = programFor(recordingShell()) as unknown as NamedCommand
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}
const variables = readPage('docs/configuration.md').text

/** No variable has this name. */
const LOST = ['FRESHET', 'LOST'].join('_')

/** The files, commands and variables that a text names and that do not exist. */
function unknownIn(text: string): readonly string[] {
  return [
    ...matches(
      text,
      /\b((?:docs|schemas|infra|packages|services)\/[\w./-]*\.\w+(?:#[\w-]+)?)/g,
    ).filter((file) => !hasFile(file)),
    ...matches(text, /`freshet ([^`]+)`/g).filter((command) => !hasCommand(command.split(' '))),
    ...matches(text, /`npm run ([\w:-]+)/g).filter((name) => !Object.hasOwn(scripts, name)),
    ...matches(text, /\b((?:FRESHET|KAFKA|DATABASE)_[A-Z_]*[A-Z])\b/g).filter(
      (name) => !variables.includes(name),
    ),
  ]
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}

/** A file of the repository, with a heading of that anchor where the text names one. */
function hasFile(named: string): boolean {
  const [file = '', anchor] = named.split('#')
  if (!existsSync(join(ROOT, file))) return false
  const headings = matches(readFileSync(join(ROOT, file), 'utf8'), /^#+ (.+)$/gm)
  return anchor === undefined || headings.some((each) => anchorOf(each) === anchor)
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}

/** A command with its options: a name behind the last verb is an argument. */
function hasCommand(words: readonly string[], at: NamedCommand = program): boolean {
  const [word = '', ...rest] = words
  const next = at.commands.find((each) => each.name() === word)
  if (next !== undefined) return hasCommand(rest, next)
  const flags = words.filter((each) => each.startsWith('-'))
  const known = at.options.flatMap(({ short, long }) => [short, long])
  return at !== program && at.commands.length === 0 && flags.every((each) => known.includes(each))
}

describe('the record of an error', () => {
  const entries: readonly (readonly [string, ErrorEntry])[] = Object.entries(errorCodes)

  it.each(entries)('%s names files, commands and variables that exist', (_, entry) => {
    expect(unknownIn(`${entry.what} ${entry.normal} ${entry.remedy}`)).toEqual([])
  })

  it.each([
    ['docs/lost.md', 'Read docs/lost.md.'],
    ['docs/minting.md#lost', 'Read docs/minting.md#lost.'],
    ['schemas/change.schema.json', 'Compare it with schemas/change.schema.json.'],
    ['edge frobnicate', 'Run `freshet edge frobnicate`.'],
    ['edge ls --lost', 'Run `freshet edge ls --lost`.'],
    ['frobnicate', 'Run `freshet frobnicate`.'],
    ['lost', 'Run `npm run lost`.'],
    [LOST, `Set ${LOST}.`],
  ])('control: %s would be found', (name, text) => {
    expect(unknownIn(text)).toEqual([name])
  })

  it('control: the records name many of them', () => {
    const texts = entries.map(([, { remedy }]) => remedy).join(' ')
    expect(texts.match(/`freshet /g)?.length).toBeGreaterThan(15)
  })
})
