import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registryRules } from '@freshet/domain/lint'
import type { LocatedFinding } from '@freshet/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../stack/paths.ts'
import { lintFile, readSlosFile } from './lint-file.ts'

const folder = join(ROOT, 'infra', 'registry')
const broken = join(folder, 'broken')
const files = (await readdir(broken)).filter((name) => name.endsWith('.yaml'))

/** The expectation in the first line of a broken file: `# expect: CODE LINE:COLUMN`. */
async function expected(file: string): Promise<string> {
  const text = await readFile(join(broken, file), 'latin1')
  return /^# expect: (\S+ \d+:\d+)$/m.exec(text.split('\n')[0] ?? '')?.[1] ?? ''
}

const told = ({ code, line, column }: LocatedFinding): string => `${code} ${line}:${column}`

const slos = await readSlosFile(join(ROOT, 'infra', 'slo', 'slos.yaml'))

describe('a registry that breaks one rule', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-padded-'))
  })
  afterAll(() => rm(dir, { recursive: true }))

  /** A file with a size at its end is made that large. */
  async function padded(file: string): Promise<string> {
    const bytes = await readFile(join(broken, file))
    const size = Number(/^# padded to (\d+) bytes$/m.exec(bytes.toString('latin1'))?.[1] ?? 0)
    if (size === 0) return join(broken, file)
    await writeFile(join(dir, file), Buffer.concat([bytes, Buffer.alloc(size, ' ')], size))
    return join(dir, file)
  }

  it.each(files)('%s has that finding at that place, and no other', async (file) => {
    const wanted = await expected(file)
    const { findings } = await lintFile(await padded(file), { keys: true, slos })
    expect(findings.map(told)).toEqual([wanted])
    const [found] = findings
    expect(found?.message).toMatch(/\S/)
    expect(found?.message).not.toMatch(/undefined|\[object|Invalid input|Too (small|big)/)
    expect(found?.fix).toMatch(/^[a-z]/)
  })

  it('there is a file for every rule', async () => {
    const codes = await Promise.all(files.map(async (file) => (await expected(file)).split(' ')[0]))
    const missing = Object.keys(registryRules).filter((code) => !codes.includes(code))
    expect(missing).toEqual([])
    expect(files.length).toBeGreaterThanOrEqual(40)
  })
})

it.each(['registry.yaml', 'company.yaml'])(
  'control: the example %s has nothing, its key files and what is measured read too',
  async (file) => {
    const { findings, registry } = await lintFile(join(folder, file), { keys: true, slos })
    expect(findings).toEqual([])
    expect(registry).toBeDefined()
  },
)
