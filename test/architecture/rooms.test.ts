import { describe, expect, it } from 'vitest'
import { readRepository } from './read-repository.ts'

const SOURCE = /^(?:packages|services)\/[^/]+\/src\/.*(?<!\.test)\.tsx?$/

const paths = readRepository()
  .files.map(({ path }) => path)
  .filter((path) => SOURCE.test(path))

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
  it('the memory adapter has the folders of Postgres', () => {
    expect(roomsOf('memory', paths).size).toBeGreaterThan(8)
    expect(unmirrored(paths)).toEqual([])
  })

  it('control: a folder of its own is found', () => {
    expect(unmirrored([...paths, 'packages/memory/src/shelf/x.ts'])).toEqual(['shelf'])
  })
})
