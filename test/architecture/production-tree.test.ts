import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './pack.ts'
import { productionTree, type Lock } from './production-tree.ts'

const { packages: lock } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  readonly packages: Lock
}
const STARTED = ['gateway', 'reconciler', 'authority', 'console', 'sidecar']
const WORKSPACES = [...STARTED.map((name) => `services/${name}`), 'packages/cli']
const TOOLS = /^(?:vitest|@vitest\/.*|vite|rollup|@rollup\/.*|esbuild|@esbuild\/.*|fast-check)$/

const toolsIn = (workspace: string, of: Lock = lock): readonly string[] =>
  [...productionTree(of, workspace)].filter((name) => TOOLS.test(name))

describe('the production tree of', () => {
  it.each(WORKSPACES)('%s has no tool of tests and builds', (workspace) => {
    expect(toolsIn(workspace)).toEqual([])
  })

  it('a service has its libraries', () => {
    const gateway = productionTree(lock, 'services/gateway')
    for (const name of ['hono', 'kafkajs', 'pg', 'zod']) expect(gateway).toContain(name)
    expect(gateway.size).toBeGreaterThan(40)
  })

  it('control: a testkit with vitest as a dependency puts it into the tree of each service', () => {
    const kit = lock['packages/testkit'] ?? {}
    const vitest = { dependencies: { vite: '1' } }
    const changed: Lock = {
      ...lock,
      'packages/testkit': { ...kit, dependencies: { ...kit.dependencies, vitest: '1' } },
      'node_modules/vitest': vitest,
      'node_modules/vite': {},
    }
    for (const workspace of WORKSPACES.slice(0, 2))
      expect(toolsIn(workspace, changed)).toEqual(['vitest', 'vite'])
  })
})
