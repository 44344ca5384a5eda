import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRepository } from './read-repository.ts'

/** Most source files that lie flat in a folder, without its tests. */
const FLAT_MAX = 15
const SOURCE = /^(?:packages|services)\/[^/]+\/src\/.*(?<!\.test)\.tsx?$/

const paths = readRepository()
  .files.map(({ path }) => path)
  .filter((path) => SOURCE.test(path))

/** Returns the folders with more than {@link FLAT_MAX} source files, each with their number. */
function crowdedIn(files: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const file of files) {
    const folder = posix.dirname(file)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].filter(([, n]) => n > FLAT_MAX).map(([folder, n]) => `${folder}: ${n}`)
}

/** Returns the names of the folders of a package. */
function roomsOf(name: string, files: readonly string[]): ReadonlySet<string> {
  const start = `packages/${name}/src/`
  const below = files.filter((file) => file.startsWith(start))
  const rooms = below.map((file) => file.slice(start.length).split('/').slice(0, -1))
  return new Set(rooms.flatMap(([room]) => room ?? []))
}

/** Returns the folders of the memory adapter that Postgres does not have. `log` stands for Kafka. */
function unmirrored(files: readonly string[]): readonly string[] {
  const real = roomsOf('postgres', files)
  return [...roomsOf('memory', files)].filter((room) => room !== 'log' && !real.has(room))
}

describe('the code is found by its noun', () => {
  it('no source folder has more than 15 files', () => {
    expect(paths.length).toBeGreaterThan(1000)
    expect(crowdedIn(paths)).toEqual([])
  })

  it('control: a 16th file is found', () => {
    const many = (n: number) => Array.from({ length: n }, (_, at) => `packages/edge/src/x/${at}.ts`)
    expect(crowdedIn([...paths, ...many(15)])).toEqual([])
    expect(crowdedIn([...paths, ...many(16)])).toEqual(['packages/edge/src/x: 16'])
  })

  it('the memory adapter has the folders of Postgres', () => {
    expect(roomsOf('memory', paths).size).toBeGreaterThan(10)
    expect(unmirrored(paths)).toEqual([])
  })

  it('control: a folder of its own is found', () => {
    expect(unmirrored([...paths, 'packages/memory/src/shelf/x.ts'])).toEqual(['shelf'])
  })
})
