import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../architecture/pack.ts'

interface Changeset {
  readonly file: string
  readonly kinds: Readonly<Record<string, string>>
  readonly text: string
}

type Hashes = Readonly<Record<string, string>>

interface Changesets {
  readonly changesetOf: (file: string, text: string) => Changeset
  readonly changesetFaults: (
    changesets: readonly Changeset[],
    workspaces: readonly string[],
  ) => readonly string[]
  readonly unannounced: (state: {
    readonly released: Hashes
    readonly present: Hashes
    readonly changesets: readonly Changeset[]
  }) => readonly string[]
  readonly changelogPart: (release: {
    readonly version: string
    readonly date: string
    readonly changesets: readonly Changeset[]
  }) => string
  readonly withPart: (changelog: string, part: string) => string
}

const script = pathToFileURL(join(ROOT, 'infra/run/changesets.mjs')).href
const { changesetOf, changesetFaults, unannounced, changelogPart, withPart } = (await import(
  script
)) as Changesets

const released = { '@freshet/edge': 'a', '@freshet/kafka': 'b' }
const ofEdge = changesetOf('.changeset/a.md', "---\n'@freshet/edge': minor\n---\n\nA text.\n")

describe('a changed export needs a changeset', () => {
  it.each<readonly [string, Hashes, readonly Changeset[], readonly string[]]>([
    ['nothing changed', released, [], []],
    [
      'one changed, without a changeset',
      { ...released, '@freshet/edge': 'x' },
      [],
      ['@freshet/edge'],
    ],
    ['one changed, and its changeset exists', { ...released, '@freshet/edge': 'x' }, [ofEdge], []],
    [
      'another changed than the announced one',
      { ...released, '@freshet/kafka': 'x' },
      [ofEdge],
      ['@freshet/kafka'],
    ],
    ['a package is new', { ...released, '@freshet/wire': 'c' }, [], ['@freshet/wire']],
    ['a package is gone', { '@freshet/edge': 'a' }, [], ['@freshet/kafka']],
  ])('%s', (_, present, changesets, found) => {
    expect(unannounced({ released, present, changesets })).toEqual(found)
  })
})

describe('a changeset', () => {
  it('names packages and kinds, and has a text', () => {
    expect(ofEdge).toEqual({
      file: '.changeset/a.md',
      kinds: { '@freshet/edge': 'minor' },
      text: 'A text.',
    })
    expect(changesetFaults([ofEdge], ['@freshet/edge'])).toEqual([])
  })

  it('is refused before a release if the release would fail', () => {
    const broken = { file: 'b.md', kinds: { '@freshet/egde': 'none' }, text: '' }
    expect(changesetFaults([broken], ['@freshet/edge'])).toEqual([
      'b.md names @freshet/egde, which is no package of this repository.',
      'b.md has the kind none. The kinds are major, minor, patch.',
      'b.md has no text for users.',
    ])
    expect(() => changesetOf('c.md', 'A text.')).toThrow('c.md does not begin with packages')
  })
})

describe('CHANGELOG.md', () => {
  it('gets the texts before earlier versions, the largest change first', () => {
    const fix = {
      file: 'f.md',
      kinds: { '@freshet/kafka': 'patch' },
      text: 'A fix.\nIn two lines.',
    }
    const part = changelogPart({ version: '0.2.0', date: '2026-12-01', changesets: [fix, ofEdge] })
    expect(withPart('# Changelog\n\nAn introduction.\n\n## 0.1.0\n', part)).toBe(
      '# Changelog\n\nAn introduction.\n\n## 0.2.0 (2026-12-01)\n\n- edge: A text.\n- kafka: A fix.\n  In two lines.\n\n## 0.1.0\n',
    )
    expect(withPart('# Changelog\n', part)).toMatch(/^# Changelog\n\n## 0\.2\.0/)
  })
})
