import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { manifestOf, packInto, ROOT, type Packed } from '../architecture/pack.ts'
import { SOURCES } from './sources.ts'

/** A project outside of this repository, with the packages from their tarballs. */
export interface Project {
  /** Everything is below it. */
  readonly place: string
  readonly folder: string
  /** A folder from which Node finds no packages. */
  readonly bundles: string
  readonly packed: readonly Packed[]
  /** Runs a program in the folder of the project. */
  readonly run: (program: string, ...args: readonly string[]) => Promise<Ended>
  /** Runs a script with the Node of the tests. */
  readonly node: (...args: readonly string[]) => Promise<Ended>
}

/** The end of a program. */
export interface Ended {
  readonly code: number
  readonly output: string
}

const INSTALL_MS = 100_000
/** Packages beside ours that the project installs, by the versions of this repository. */
const OTHERS = ['express', '@types/express', '@types/node', 'fastify']

/**
 * Creates the project and installs it by npm: from the cache, and from the registry that npm is configured with.
 * Resolves to a text if npm cannot install.
 */
export async function createProject(): Promise<Project | string> {
  const place = await mkdtemp(join(tmpdir(), 'freshet-outside-'))
  const [folder, bundles] = [join(place, 'project'), join(place, 'bundles')]
  const packed = await packInto(join(folder, 'packages'))
  const own = packed.map(({ name, filename }) => [name, `file:packages/${filename}`])
  const versions = {
    ...manifestOf('packages/edge').devDependencies,
    ...manifestOf('.').devDependencies,
  }
  const others = OTHERS.map((name) => [name, versions[name]])
  const dependencies = Object.fromEntries([...own, ...others])
  const files = {
    ...SOURCES,
    'package.json': JSON.stringify({ private: true, type: 'module', dependencies }),
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
  const npm = ['install', ...options, '--loglevel=error', '--fetch-retries=1']
  const { code, output } = await run('npm', npm, { folder, timeoutMs: INSTALL_MS })
  if (code !== 0) {
    await rm(place, { recursive: true })
    return `npm cannot install ${OTHERS.join(', ')} and zod: ${output}`
  }
  const runThere = (program: string, ...args: readonly string[]): Promise<Ended> =>
    run(program, args, { folder, timeoutMs: INSTALL_MS })
  const node = (...args: readonly string[]): Promise<Ended> => runThere(process.execPath, ...args)
  return { place, folder, bundles, packed, run: runThere, node }
}

/** Compiles the project with a compiler of this repository, by the options and packages of the project. */
export function compile({ node }: Project, typescript: string): Promise<Ended> {
  return node(join(ROOT, typescript, 'bin/tsc'), '-p', '.')
}

/** Returns the names of the packages that npm installed, each with its version, without those of `express`, `fastify` and types. */
export async function installedIn({ folder }: Project): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8')
  const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, Entry>> }
  const places = new Set(['@freshet/edge', '@freshet/kafka', '@freshet/testing'])
  for (const name of places)
    for (const each of Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {}))
      places.add(each)
  return [...places].map((name) => `${name}@${packages[`node_modules/${name}`]?.version}`)
}

/** Returns a line for each package that ours bring: its dependencies, and its bytes on disk. */
export async function treeOf(project: Project): Promise<readonly string[]> {
  const names = await installedIn(project)
  return Promise.all(
    names.map(async (name) => {
      const folder = join(project.folder, 'node_modules', name.replace(/@[^@]*$/, ''))
      const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Entry
      const needs = Object.keys(manifest.dependencies ?? {}).join(', ')
      return `${name}: ${await bytesIn(folder)} bytes${needs && `, needs ${needs}`}`
    }),
  )
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  const found = await Promise.all(names.map((name) => stat(join(folder, name))))
  return found.filter((each) => each.isFile()).reduce((sum, { size }) => sum + size, 0)
}

interface Entry {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function run(
  program: string,
  args: readonly string[],
  { folder, timeoutMs }: { readonly folder: string; readonly timeoutMs: number },
): Promise<Ended> {
  return new Promise((resolve) => {
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = execFile(
      program,
      args,
      { cwd: folder, timeout: timeoutMs, env },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, output: out + err }),
    )
  })
}
