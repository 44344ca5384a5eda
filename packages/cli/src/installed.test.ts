import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from './stack/paths.ts'

const PACKAGE = join(ROOT, 'packages/cli')
const MODULES = join(ROOT, 'node_modules')
const OWN = '@freshet'

let dir: string

/** A folder in which the command line is a package among others, and no clone is above it. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-installed-'))
  const modules = join(dir, 'node_modules')
  await mkdir(join(modules, OWN), { recursive: true })
  const others = (await readdir(MODULES)).filter((name) => name !== OWN && !name.startsWith('.'))
  const own = (await readdir(join(MODULES, OWN))).filter((name) => name !== 'cli')
  for (const name of [...others, ...own.map((each) => join(OWN, each))])
    await symlink(join(MODULES, name), join(modules, name))
  for (const part of ['package.json', 'bin', 'dist'])
    await cp(join(PACKAGE, part), join(modules, OWN, 'cli', part), { recursive: true })
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function freshet(bin: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args], { cwd: dir })
  return stdout
}

it('freshet as an installed package has the plan of the topics', async () => {
  const installed = join(dir, 'node_modules', OWN, 'cli/bin/freshet.js')
  const args = ['topic', 'plan', '-o', 'json'] as const
  const plan = await freshet(installed, ...args)
  expect(plan).toBe(await freshet(join(PACKAGE, 'bin/freshet.js'), ...args))
  expect(plan).toContain('freshet.changes.v1')
})

it('freshet as an installed package runs a service of another package', async () => {
  const installed = join(dir, 'node_modules', OWN, 'cli/bin/freshet.js')
  const run = promisify(execFile)(process.execPath, [installed, 'serve', 'gateway'], {
    cwd: dir,
    env: { FRESHET_PORT: 'seven' },
  })
  // The service itself refuses its environment.
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('FRESHET_PORT') as string,
  })
})
