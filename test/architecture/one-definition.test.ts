import { describe, expect, it } from 'vitest'
import type { SourceFile } from './check.ts'
import { readRepository } from './read-repository.ts'

/** Names that have several definitions, each with the reason. */
const SEVERAL: Readonly<Record<string, string>> = {
  SUBJECT_PARTITIONS:
    'A simulation replaces the number: `imports` of packages/protocol/package.json.',
  addOpenApi: 'Each service describes its own routes.',
  openKeys: 'Each service reads the key files of its own configuration.',
  readinessChecks: 'Each service checks its own dependencies.',
}
/** Most entries of the list. A longer list means that names lack the noun of their room. */
const SEVERAL_MAX = 15

const SOURCE = /^(?:packages|services)\/[^/]+\/src\/.*\.tsx?$/
const TEST = /\.test\.tsx?$/
const DEFINITION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) ([\w$]+)/gm

/** Returns the files that define each exported name. */
function definitionsIn(files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>()
  for (const { path, text } of files) {
    if (!SOURCE.test(path) || TEST.test(path)) continue
    for (const [, name = ''] of text.matchAll(DEFINITION))
      found.set(name, (found.get(name) ?? new Set()).add(path))
  }
  return new Map([...found].map(([name, paths]) => [name, [...paths].toSorted()]))
}

/** Returns each name that several files define, with the files, as one sentence. */
function repeatedIn(files: readonly SourceFile[]): readonly string[] {
  return [...definitionsIn(files)]
    .filter(([name, paths]) => paths.length > 1 && SEVERAL[name] === undefined)
    .map(([name, paths]) => `${name} is defined in ${paths.join(' and ')}`)
}

const { files, workspaces } = readRepository()
const definitions = definitionsIn(files)

describe('each exported name', () => {
  it('has one definition', () => {
    expect(repeatedIn(files)).toEqual([])
  })

  it('was read, in every workspace with sources', () => {
    const paths = [...definitions.values()].flat()
    const read = workspaces.filter(({ dir }) => paths.some((path) => path.startsWith(`${dir}/`)))
    const owned = workspaces.filter(({ dir }) => /^(?:packages|services)\//.test(dir))
    expect(read).toEqual(owned)
    expect(definitions.get('CLOCK_TOLERANCE_MS')).toHaveLength(1)
  })

  it('is in the list of exceptions only while it has several definitions', () => {
    const names = Object.keys(SEVERAL)
    expect(names.filter((name) => (definitions.get(name)?.length ?? 0) < 2)).toEqual([])
    expect(names.length).toBeLessThanOrEqual(SEVERAL_MAX)
  })
})

/** Returns the repeated names of the repository with one more file in it. */
function plant(path: string, text: string): readonly string[] {
  return repeatedIn([...files, { path, text }])
}

describe('control: a planted file with', () => {
  it.each([
    ['a constant', 'export const CLOCK_TOLERANCE_MS = 3_000', 'CLOCK_TOLERANCE_MS'],
    ['a function', 'export function subjectKey(): string {', 'subjectKey'],
    [
      'an asynchronous function',
      'export async function subjectKey(): Promise<void> {',
      'subjectKey',
    ],
    ['a class', 'export class FreshetError extends Error {', 'FreshetError'],
    ['an abstract class', 'export abstract class FreshetError {', 'FreshetError'],
    ['an interface', 'export interface Subject {', 'Subject'],
    ['a type', 'export type Subject<Of> = Of', 'Subject'],
  ])('%s of an existing name is found', (_, text, name) => {
    expect(plant('packages/intake/src/planted.ts', text)).toEqual([
      expect.stringMatching(new RegExp(`^${name} is defined in .*packages/intake/src/planted.ts`)),
    ])
  })

  it('the same name within one workspace is found', () => {
    expect(plant('packages/protocol/src/planted.ts', 'export interface Subject {}')).toHaveLength(1)
  })

  it.each([
    [
      'a re-export',
      'packages/intake/src/planted.ts',
      `export { subjectKey } from '@freshet/protocol'`,
    ],
    ['a private definition', 'packages/intake/src/planted.ts', 'const subjectKey = 1'],
    [
      'a definition in a comment',
      'packages/intake/src/planted.ts',
      ' * export interface Subject {',
    ],
    ['a test', 'packages/intake/src/planted.test.ts', 'export interface Subject {}'],
    ['a file outside of sources', 'test/setup/planted.ts', 'export interface Subject {}'],
  ])('%s is allowed', (_, path, text) => {
    expect(plant(path, text)).toEqual([])
  })
})
