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

/** Options of `npm install`: the cache first, and no script of a package. */
export const INSTALL_OPTIONS: readonly string[] = [
  '--prefer-offline',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  '--fetch-retries=1',
]

/** The longest time of npm. It takes seconds on a machine without other work. */
export const INSTALL_MS = 400_000
/** Packages beside ours that the project installs, by the versions of this repository. */
const OTHERS = ['express', '@types/express', '@types/node', 'fastify', 'hono', '@hono/node-server']
/** Versions of packages that only the project has. */
const OWN_VERSIONS: Readonly<Record<string, string>> = {
  passport: '0.7.0',
  '@types/passport': '1.0.17',
  'passport-jwt': '4.0.1',
  '@types/passport-jwt': '4.0.1',
}

/**
 * Creates the project and installs it by npm: from the cache, and from the registry that npm is configured with.
 * Resolves to a text if npm cannot install.
 */
export async function createProject(): Promise<Project | string> {
  const place = await mkdtemp(join(tmpdir(), 'freshet-outside-'))
  const [folder, bundles] = [join(place, 'project'), join(place, 'bundles')]
  const packed = await packInto(join(folder, 'packages'))
  // Programs carry private packages. `command-line.long.test.ts` installs them.
  const libraries = packed.filter(({ bundled }) => bundled.length === 0)
  const own = libraries.map(({ name, filename }) => [name, `file:packages/${filename}`])
  const versions = {
    ...manifestOf('packages/edge').devDependencies,
    ...manifestOf('.').devDependencies,
  }
  const others = OTHERS.map((name) => [name, versions[name]])
  const dependencies = Object.fromEntries([...own, ...others, ...Object.entries(OWN_VERSIONS)])
  const files = {
    ...SOURCES,
    'package.json': JSON.stringify({ private: true, type: 'module', dependencies }),
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const npm = ['npm', 'install', ...INSTALL_OPTIONS]
  const { code, output } = await runIn(folder, npm, { timeoutMs: INSTALL_MS })
  if (code !== 0) {
    await rm(place, { recursive: true })
    return `npm cannot install ${OTHERS.join(', ')} and zod: ${output}`
  }
  const runThere = (program: string, ...args: readonly string[]): Promise<Ended> =>
    runIn(folder, [program, ...args], { timeoutMs: INSTALL_MS })
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

/** The bounds of a program. */
export interface RunOptions {
  readonly timeoutMs: number
  /** All of its variables. Default: those of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program with its arguments in a folder. */
export function runIn(
  folder: string,
  [program = '', ...args]: readonly string[],
  { timeoutMs, env: given }: RunOptions,
): Promise<Ended> {
  return new Promise((resolve) => {
    const { NODE_OPTIONS: _, ...inherited } = process.env
    const options = { cwd: folder, timeout: timeoutMs, env: given ?? inherited }
    const child = execFile(program, args, options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, output: out + err }),
    )
  })
}
