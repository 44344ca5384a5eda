import { describe, expect, it } from 'vitest'
import { circlesIn, importGraphOf, type ImportGraph } from './circles.ts'
import { readRepository } from './read-repository.ts'

const { files, workspaces } = readRepository()
const sources = files.filter(({ path }) => workspaces.some(({ dir }) => path.startsWith(`${dir}/`)))
const graph = importGraphOf(sources)

describe('the files of a package', () => {
  it('import each other in no circle, types included', () => {
    expect(circlesIn(graph)).toEqual([])
  })

  it('were read, in every workspace, with their imports', () => {
    const importing = [...graph].filter(([, targets]) => targets.length > 0)
    const read = workspaces.filter(({ dir }) =>
      importing.some(([path]) => path.startsWith(`${dir}/src/`)),
    )
    const owned = workspaces.filter(({ dir }) => /^(?:packages|services)\//.test(dir))
    expect(read).toEqual(expect.arrayContaining(owned))
    expect([...graph.values()].flat().length).toBeGreaterThan(sources.length)
  })
})

const ONE = 'packages/edge/src/planted/one.ts'
const TWO = 'packages/edge/src/planted/two.ts'

/** Returns the repository with two more files in it. */
function plant(one: string, two: string): ImportGraph {
  const planted = [
    { path: ONE, text: one },
    { path: TWO, text: two },
  ]
  return new Map([...graph, ...importGraphOf(planted)])
}

describe('control: a planted circle is found', () => {
  it.each([
    ['of values', `import { two } from './two.ts'`],
    ['of types', `import type { Two } from './two.ts'`],
    ['of types, name by name', `import {\n  type Two,\n} from './two.ts'`],
    ['of a re-export', `export type { Two } from './two.ts'`],
    ['of an import on demand', `const two = await import('./two.ts')`],
    ['of a type on demand', `type Two = typeof import('./two.ts')`],
  ])('%s', (_, text) => {
    expect(circlesIn(plant(text, `import type { One } from './one.ts'`))).toEqual([[ONE, TWO]])
  })

  it('the difference of a file with itself', () => {
    expect(circlesIn(plant(`import type { One } from './one.ts'`, ''))).toEqual([[ONE]])
  })

  it('the names of existing files', () => {
    const claims = 'packages/edge/src/token/token-claims.ts'
    const judge = 'packages/edge/src/token/judge-token.ts'
    const planted = new Map([...graph, [claims, [...(graph.get(claims) ?? []), judge]]])
    const [circle] = circlesIn(planted)
    expect(circle).toEqual(expect.arrayContaining([claims, judge]))
  })
})

describe('the check allows', () => {
  it.each([
    ['an import of one side', `import type { Two } from './two.ts'`, ''],
    ['an import in a comment', `import { two } from './two.ts'`, `// import './one.ts'`],
  ])('%s', (_, one, two) => {
    expect(circlesIn(plant(one, two))).toEqual([])
  })
})
