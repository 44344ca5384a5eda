import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFiles } from './read-files.ts'
import { tokensIn } from './source-tokens.ts'

/** Terms of STYLE's “not” column that are no term of anything else. */
const OLD =
  /^(?:told|tells?|tellers?|said|says?|parked|standings?|doors?|openings?|look(?:s|ed)?|sweeps?|swept|(?:un)?heard|beats?|holes?|borders?|floods?|entrances?|trunks?|together|untold)$/

/** Names of the API, of SQL, of the registry and of metrics. They keep their names, because others rely on them. */
const PUBLIC: ReadonlySet<string> = new Set([
  'standing',
  'openings',
  'opening',
  'holes',
  'said',
  'sourceUnheard',
  'parkedMeant',
  'parkedNotMeant',
  'ParkedRecord',
  'ParkedRecords',
  'ParkedDetail',
  'OpeningOrder',
  'OpeningPlan',
  'parked',
  'heard_at_ms',
  'border_epoch',
  'border_n',
  'maxSweep',
  'openingMax',
])
/** Names of the language and of other programs. */
const FOREIGN: ReadonlySet<string> = new Set(['OPENING_BRACE', 'lookUp'])
const PUBLIC_FILE = /^(?:packages\/postgres\/migrations\/|packages\/cli\/golden\/|infra\/site\/)/

const root = join(import.meta.dirname, '..', '..', '..')
const files = readFiles(root).filter(({ path }) => /^(?:packages|services|test|infra)\//.test(path))
const sources = files.filter(({ path }) => /\.tsx?$/.test(path))

/** Returns the parts of an identifier or of a file name, in lower case. */
function wordsIn(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .map((word) => word.toLowerCase())
}

function isOld(name: string): boolean {
  return !PUBLIC.has(name) && !FOREIGN.has(name) && wordsIn(name).some((word) => OLD.test(word))
}

/** Returns the places of identifiers with an old term. A text without one in any place is not split into tokens. */
function oldNames(path: string, text: string): readonly string[] {
  if (!(text.match(/\w+/g) ?? []).some(isOld)) return []
  return tokensIn(text)
    .filter(({ kind, text: name }) => kind === 'word' && isOld(name))
    .map(({ text: name, line }) => `${path}:${line} ${name}`)
}

const isOldFile = (path: string): boolean =>
  !PUBLIC_FILE.test(path) && wordsIn(basename(path)).some((word) => OLD.test(word))

describe('names use the terms of STYLE.md', () => {
  it('in identifiers', () => {
    expect(sources.length).toBeGreaterThan(2_000)
    expect(sources.flatMap(({ path, text }) => oldNames(path, text))).toEqual([])
  })

  it('in file names', () => {
    expect(files.map(({ path }) => path).filter(isOldFile)).toEqual([])
  })

  it('control: an old term is found in each form of a name, and a part of a term is none', () => {
    const text = 'const heardMs = toldBy(SWEEP_MS, isUnheard)\nconst overlook = heartbeats'
    expect(oldNames('a.ts', text)).toEqual([
      'a.ts:1 heardMs',
      'a.ts:1 toldBy',
      'a.ts:1 SWEEP_MS',
      'a.ts:1 isUnheard',
    ])
    expect(['packages/a/src/token-door.ts', 'packages/a/src/doorbell.ts'].map(isOldFile)).toEqual([
      true,
      false,
    ])
  })

  it('control: each public name that is left out is in use', () => {
    const used = new Set(sources.flatMap(({ text }) => text.match(/\w+/g) ?? []))
    expect([...PUBLIC, ...FOREIGN].filter((name) => !used.has(name))).toEqual([])
  })
})
