import { describe, expect, it } from 'vitest'
import { readRepository } from './read-repository.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceFile } from './check.ts'

const root = join(import.meta.dirname, '..', '..')
const PROGRAM = /\/generate[^/]*\.ts$/
/** Finds a module of another package by its name, so it does not depend on the place of the file. */
const BY_NAME = 'createRequire(import.meta.url)'

const { files, workspaces } = readRepository()
const bundled = workspaces
  .map(({ dir }) => dir)
  .filter((dir) =>
    readFileSync(join(root, dir, 'tsconfig.json'), 'utf8').includes('emitDeclarationOnly'),
  )

/** Returns the sources of bundled packages that use the place of their own file, which a bundle changes. */
function placedIn(all: readonly SourceFile[]): readonly string[] {
  return all
    .filter(({ path }) => bundled.some((dir) => path.startsWith(`${dir}/src/`)))
    .filter(({ path }) => !PROGRAM.test(path) && !path.includes('.test.'))
    .filter(({ text }) => text.replaceAll(BY_NAME, '').includes('import.meta'))
    .map(({ path }) => path)
}

describe('a package that is built into one file for each entry', () => {
  it('does not use the place of its files', () => {
    expect(bundled).toContain('packages/edge')
    expect(placedIn(files)).toEqual([])
  })

  it('control: such a use is found', () => {
    const text = "const page = new URL('../page.html', import.meta.url)"
    expect(placedIn([{ path: 'packages/edge/src/x.ts', text }])).toEqual(['packages/edge/src/x.ts'])
    expect(placedIn([{ path: 'packages/cedar/src/x.ts', text }])).toEqual([])
  })
})
