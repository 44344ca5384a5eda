import { describe, expect, it } from 'vitest'
import { violationsOf, type Repository, type Workspace } from './check.ts'
import { importsOf } from './imports.ts'
import { layerOf } from './layers.ts'
import { readRepository } from './read-repository.ts'

const repository = readRepository()

describe('this repository', () => {
  it('keeps every import to the layer table and to what package.json declares', () => {
    expect(violationsOf(repository)).toEqual([])
  })

  it('was read: every workspace with its files, and their imports', () => {
    expect(repository.workspaces.map(({ dir }) => dir).toSorted()).toEqual(
      Object.keys(layerOf).toSorted(),
    )
    const imports = repository.files.flatMap((file) => importsOf(file.text))
    expect(imports.length).toBeGreaterThan(repository.files.length / 2)
  })
})

/** Returns the violations of the repository with one more file in it. */
function plant(path: string, text: string): string[] {
  const files = [...repository.files, { path, text }]
  return violationsOf({ ...repository, files }).filter((line) => line.startsWith(`${path}:`))
}

/** Returns the violations of the repository with one changed workspace. */
function describeAs(dir: string, change: Partial<Workspace>): string[] {
  const workspaces = repository.workspaces.map((one) =>
    one.dir === dir ? { ...one, ...change } : one,
  )
  return violationsOf({ ...repository, workspaces })
}

describe('the check finds a planted', () => {
  it.each([
    ['import upwards', 'packages/protocol/src/x.ts', `import { z } from '@freshet/wire'`],
    [
      'import of an adapter',
      'packages/reconciler/src/x.ts',
      `import { a } from '@freshet/postgres'`,
    ],
    ['import sideways between use cases', 'packages/intake/src/x.ts', `import '@freshet/edge'`],
    ['registry in the edge', 'packages/edge/src/x.ts', `import '@freshet/registry'`],
    ['import sideways between adapters', 'packages/kafka/src/x.ts', `import '@freshet/postgres'`],
    [
      'value of a use case in an adapter',
      'packages/kafka/src/x.ts',
      `import { a } from '@freshet/edge'`,
    ],
    ['re-export upwards', 'packages/wire/src/x.ts', `export { a } from '@freshet/edge'`],
    ['dynamic import', 'packages/protocol/src/x.ts', `const a = await import('@freshet/wire')`],
    ['resolved path', 'packages/protocol/src/x.ts', `import.meta.resolve('@freshet/wire')`],
    ['testkit in the product', 'packages/kafka/src/x.ts', `import '@freshet/testkit'`],
    ['testing in the product', 'packages/cli/src/x.ts', `import '@freshet/testing'`],
    ['development tool in the product', 'packages/edge/src/x.ts', `import { test } from 'vitest'`],
    [
      'value of the edge in testing',
      'packages/testing/src/x.ts',
      `import { createEdge } from '@freshet/edge'`,
    ],
    ['undeclared package', 'packages/protocol/src/x.ts', `import { z } from 'zod'`],
    ['second user of kafkajs', 'packages/memory/src/x.ts', `import { Kafka } from 'kafkajs'`],
    [
      'deep import of kafkajs',
      'packages/cli/src/x.ts',
      `import c from 'kafkajs/src/cluster/index.js'`,
    ],
    ['kafkajs beside the floors', 'test/bench/x.ts', `import { Kafka } from 'kafkajs'`],
    ['second user of pg', 'test/e2e/x.test.ts', `import pg from 'pg'`],
    ['way around the door', 'packages/edge/src/x.ts', `import '../../protocol/src/merge.ts'`],
    ['import of the own door', 'packages/edge/src/a/x.ts', `import { a } from '../index.ts'`],
    [
      'import over several lines',
      'packages/protocol/src/x.ts',
      `import {\n  a,\n} from '@freshet/edge'`,
    ],
  ])('%s', (_, path, text) => {
    expect(plant(path, text)).toHaveLength(1)
  })

  it('workspace without a row, and one of which nothing was read', () => {
    const stranger: Workspace = {
      dir: 'packages/stranger',
      name: '@freshet/stranger',
      dependencies: [],
      devDependencies: [],
      references: [],
    }
    const workspaces = [...repository.workspaces, stranger]
    const planted: Repository = { ...repository, workspaces }
    const found = violationsOf(planted).filter((line) => line.startsWith(stranger.dir))
    expect(found).toEqual([
      'packages/stranger: has no row in the layer table',
      'packages/stranger: no file of it was read',
    ])
  })

  it('dependency without a reference, and a reference without a dependency', () => {
    expect(describeAs('packages/wire', { references: [] })).toContain(
      'packages/wire/tsconfig.json: depends on packages/protocol without referring to it',
    )
    expect(describeAs('packages/protocol', { references: ['packages/edge'] })).toContain(
      'packages/protocol/tsconfig.json: refers to packages/edge without depending on it',
    )
  })
})

describe('the check allows', () => {
  it.each([
    [
      'types of a use case in an adapter',
      'packages/kafka/src/x.ts',
      `import type { A } from '@freshet/edge'`,
    ],
    [
      'the same, name by name',
      'packages/kafka/src/x.ts',
      `import { type A, type B } from '@freshet/edge'`,
    ],
    ['testkit in a test', 'packages/kafka/src/x.test.ts', `import { a } from '@freshet/testkit'`],
    [
      'the shared setup in a test',
      'packages/kafka/src/x.test.ts',
      `import '../../../test/setup/kafka.ts'`,
    ],
    ['an import in a comment', 'packages/protocol/src/x.ts', `// import { z } from 'zod'`],
  ])('%s', (_, path, text) => {
    expect(plant(path, text)).toEqual([])
  })
})
