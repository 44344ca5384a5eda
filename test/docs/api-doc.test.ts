import { dirname, join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { PUBLIC_PACKAGES } from '../../infra/site/src/public-packages.ts'
import type { SourceFile } from '../architecture/check.ts'
import { readRepository } from '../architecture/read-repository.ts'

const SOURCE = /^packages\/[^/]+\/src\/.*(?<!\.test)\.ts$/
const EXPORTED = /^export (?:type )?\{([^}]*)\}/gm
const ALL_EXPORTED = /^export (?:type )?\* from '\.\/([^']+)'/gm
const DEFINITION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) ([\w$]+)/gm

const sources = readRepository().files.filter(({ path }) => SOURCE.test(path))

/** Returns the names that a file exports, as the files behind it define them. */
function namesOf({ path, text }: SourceFile, files: readonly SourceFile[]): readonly string[] {
  const listed = [...text.matchAll(EXPORTED)].flatMap(([, names = '']) => names.split(','))
  const single = listed.map((name) =>
    name
      .trim()
      .replace(/^type /, '')
      .replace(/ as .*$/, ''),
  )
  const targets = [...text.matchAll(ALL_EXPORTED)].map(([, to = '']) => join(dirname(path), to))
  const whole = files.filter((file) => targets.includes(file.path))
  const others = whole.flatMap((file) => namesOf(file, files))
  return [...single.filter((name) => name !== ''), ...definedIn(text), ...others]
}

function definedIn(text: string): readonly string[] {
  return [...text.matchAll(DEFINITION)].map(([, name = '']) => name)
}

/** Returns the names whose definition directly follows a doc comment. An overload counts with the first one. */
function documentedIn({ text }: SourceFile): readonly string[] {
  const definitions = [...text.matchAll(DEFINITION)]
  return definitions.flatMap(({ 1: name = '', index }) => {
    const before = text.slice(0, index).trimEnd()
    return before.endsWith('*/') && before.slice(before.lastIndexOf('/*')).startsWith('/**')
      ? [name]
      : []
  })
}

/** Returns the exported names of a package that have no doc comment. */
function undocumented(name: string, files: readonly SourceFile[]): readonly string[] {
  const entry = files.find(({ path }) => path === `packages/${name}/src/index.ts`)
  const names = entry === undefined ? [] : namesOf(entry, files)
  if (names.length === 0) throw new Error(`packages/${name} exports nothing.`)
  const documented = new Set(files.flatMap(documentedIn))
  return names.filter((each) => !documented.has(each))
}

describe('the API of the public packages', () => {
  it.each(PUBLIC_PACKAGES)('each export of %s has a doc comment', (name) => {
    expect(undocumented(name, sources)).toEqual([])
  })

  const planted = (text: string): readonly string[] =>
    undocumented('planted', [
      { path: 'packages/planted/src/index.ts', text: `export { made } from './made.ts'` },
      { path: 'packages/planted/src/made.ts', text },
    ])

  it.each([
    ['no comment', 'export const made = 1'],
    ['a comment that is no doc comment', '/* Made. */\nexport const made = 1'],
    ['the comment of another name', '/** Other. */\nconst other = 1\n\nexport const made = other'],
  ])('control: an export with %s is found', (_, text) => {
    expect(planted(text)).toEqual(['made'])
  })

  it('control: a name that no file defines, and an empty entry, are found', () => {
    expect(planted('/** Other. */\nexport const other = 1')).toEqual(['made'])
    expect(() => undocumented('made-up', sources)).toThrow('exports nothing')
  })

  it.each(['const made = 1', 'async function made() {', 'interface made {', 'type made<Of> = Of'])(
    'control: a documented %s is accepted',
    (definition) => {
      expect(planted(`/** Made. */\nexport ${definition}`)).toEqual([])
    },
  )
})
