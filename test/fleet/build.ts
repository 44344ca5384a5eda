import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { underLock } from '@freshet/owned-dir'
import { ROOT } from '../../packages/cli/src/stack/paths.ts'

const run = promisify(execFile)

/** A slow machine compiles for minutes. */
const BUILD_WITHIN_MS = 600_000
const OUTPUT_BYTES_MAX = 16_777_216

/** A build of the product in a folder: this tree, or the release before it. */
export interface Build {
  readonly name: 'this build' | 'the release before'
  readonly dir: string
}

export const THIS_BUILD: Build = { name: 'this build', dir: ROOT }

/** The commit that the file `infra/release-before` names. */
const COMMIT = readFileSync(join(ROOT, 'infra', 'release-before'), 'utf8').trim()

/** Returns undefined if the history has the commit of the release before, otherwise the reason. */
export async function missingRelease(): Promise<string | undefined> {
  const known = run('git', ['cat-file', '-e', `${COMMIT}^{commit}`], { cwd: ROOT })
  return known.then(
    () => undefined,
    () =>
      `This clone lacks commit ${COMMIT} of the release before, so its tests do not run. ` +
      `Run \`git fetch --depth 1 origin ${COMMIT}\`.`,
  )
}

/**
 * Returns the release before, built once for this clone below `.freshet`. It has the packages of npm that this
 * tree has, and its own packages of the workspace.
 */
export async function releaseBefore(): Promise<Build> {
  const dir = join(ROOT, '.freshet', 'releases', COMMIT.slice(0, 12))
  await underLock(dir, () => makeRelease(dir), BUILD_WITHIN_MS)
  return { name: 'the release before', dir }
}

/** Runs `freshet` of a build to its end, and returns its output. */
export async function freshetOf(
  build: Build,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const program = join(build.dir, 'packages', 'cli', 'bin', 'freshet.js')
  const options = { cwd: build.dir, env: { PATH: process.env['PATH'], ...env } }
  return (await run(process.execPath, [program, ...args], options)).stdout
}

async function makeRelease(dir: string): Promise<void> {
  if (await isBuilt(dir)) return
  const draft = `${dir}.draft`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await run('git', ['archive', '-o', `${draft}.tar`, COMMIT], { cwd: ROOT })
  await run('tar', ['-xf', `${draft}.tar`, '-C', draft])
  await rm(`${draft}.tar`)
  await linkPackages(draft)
  await leaveTests(draft)
  const compiler = join(draft, 'infra', 'run', 'compile.mjs')
  await run(process.execPath, [compiler], {
    env: { ...process.env, FRESHET_COMMIT: COMMIT.slice(0, 12) },
    timeout: BUILD_WITHIN_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
  }).catch((fault: { readonly stdout?: string }) => {
    throw new Error(`The release before does not compile: ${fault.stdout}`, { cause: fault })
  })
  await rm(dir, { recursive: true, force: true })
  await rename(draft, dir)
}

/** Takes the programs of tests out of what is compiled: a fleet runs none, and this tree may lack their packages. */
async function leaveTests(dir: string): Promise<void> {
  const file = join(dir, 'tsconfig.json')
  const config = JSON.parse(await readFile(file, 'utf8')) as {
    readonly references: readonly { readonly path: string }[]
  }
  const references = config.references.filter(({ path }) => !path.startsWith('test/'))
  await writeFile(file, JSON.stringify({ ...config, references }))
}

function isBuilt(dir: string): Promise<boolean> {
  return readdir(dir).then(
    () => true,
    () => false,
  )
}

/** Makes a `node_modules` of links: to the packages of npm of this tree, and to the release's own packages. */
async function linkPackages(dir: string): Promise<void> {
  const installed = join(ROOT, 'node_modules')
  const names = await readdir(installed)
  const fromNpm = names.filter((name) => name !== '@freshet' && !/^\.(?!bin$)/.test(name))
  await mkdir(join(dir, 'node_modules', '@freshet'), { recursive: true })
  for (const name of fromNpm) await symlink(join(installed, name), join(dir, 'node_modules', name))
  for (const group of ['packages', 'services', 'infra']) await linkGroup(dir, group)
  await symlink(
    join(ROOT, 'infra', 'site', 'node_modules'),
    join(dir, 'infra', 'site', 'node_modules'),
  )
}

async function linkGroup(dir: string, group: string): Promise<void> {
  for (const folder of await readdir(join(dir, group))) {
    const manifest = join(dir, group, folder, 'package.json')
    const text = await readFile(manifest, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const { name } = JSON.parse(text) as { readonly name: string }
    const target = join('..', '..', group, basename(dirname(manifest)))
    await symlink(target, join(dir, 'node_modules', '@freshet', basename(name)))
  }
}
