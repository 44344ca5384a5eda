import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registryRules } from '@freshet/registry/lint'
import type { LocatedFinding } from '@freshet/registry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lintFile, readSlosFile } from '../../packages/cli/src/commands/registry/lint-file.ts'
import { ROOT } from '../docs/pages.ts'
import { BROKEN, brokenRegistries, patched } from './broken-registries.ts'

const folder = join(ROOT, 'infra', 'registry')
const registries = brokenRegistries()

const shown = ({ code, line, column }: LocatedFinding): string => `${code} ${line}:${column}`

const slos = await readSlosFile(join(ROOT, 'infra', 'slo', 'slos.yaml'))

describe('a registry that breaks one rule', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-broken-'))
    await cp(join(folder, 'keys'), join(dir, 'keys'), { recursive: true })
    await cp(BROKEN, join(dir, 'broken'), { recursive: true })
  })
  afterAll(() => rm(dir, { recursive: true }))

  /** Writes the file. A file with a size at its end is made that large. */
  async function written(name: string, text: string): Promise<string> {
    const file = join(dir, 'broken', `${name}.yaml`)
    const [, size = 0] = /^# padded to (\d+) bytes$/m.exec(text) ?? []
    await writeFile(file, text.padEnd(Number(size)), 'latin1')
    return file
  }

  it.each(registries)(
    '$name has that finding at that place, and no other',
    async ({ name, finding, text }) => {
      const { findings } = await lintFile(await written(name, text), { keys: true, slos })
      expect(findings.map(shown)).toEqual([finding])
      const [found] = findings
      expect(found?.message).toMatch(/\S/)
      expect(found?.message).not.toMatch(/undefined|\[object|Invalid input|Too (small|big)/)
      expect(found?.fix).toMatch(/^[a-z]/)
    },
  )

  it('there is a registry for every rule', () => {
    const codes = registries.map(({ finding }) => finding.split(' ')[0])
    const missing = Object.keys(registryRules).filter((code) => !codes.includes(code))
    expect(missing).toEqual([])
    expect(registries.length).toBeGreaterThanOrEqual(40)
  })

  it('control: the registry that all patches change has no finding', async () => {
    const { findings } = await lintFile(join(dir, 'broken', 'base.yaml'), { keys: true, slos })
    expect(findings).toEqual([])
  })

  it.each([' a: 1\n', ' a: 2\n'])(
    'control: a patch that matches no place, or two, is refused',
    (kept) => {
      expect(() => patched('#\na: 1\na: 1\n', `${kept}+b: 1\n`)).toThrow('not in one place')
    },
  )
})

it.each(['registry.yaml', 'company.yaml'])(
  'control: the example %s has nothing, its key files and what is measured read too',
  async (file) => {
    const { findings, registry } = await lintFile(join(folder, file), { keys: true, slos })
    expect(findings).toEqual([])
    expect(registry).toBeDefined()
  },
)
