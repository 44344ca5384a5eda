import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Root of the repository. */
export const ROOT: string = join(import.meta.dirname, '..', '..')

/** A tarball as npm reports it. */
export interface Packed {
  /** Name and version. */
  readonly id: string
  readonly name: string
  readonly version: string
  readonly filename: string
  /** Bytes of the tarball. */
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
  /** The private packages that it carries. */
  readonly bundled: readonly string[]
}

const run = promisify(execFile)
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** Packs the built packages that users install into a folder, by the command that maintainers use. */
export async function packInto(folder: string): Promise<readonly Packed[]> {
  const args = [join(ROOT, 'infra/run/pack.mjs'), folder, '--json', '--built']
  const { stdout } = await run(process.execPath, args, { maxBuffer: OUTPUT_BYTES_MAX })
  return Object.values(JSON.parse(stdout) as Readonly<Record<string, Packed>>)
}

/** The content of a package.json that the checks read. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly license?: string
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string }
  readonly type?: string
  readonly sideEffects?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly bundleDependencies?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly engines?: { readonly node?: string }
}

/** Reads the package.json of a tarball. */
export async function manifestIn(tarball: string): Promise<Manifest> {
  const { stdout } = await run('tar', ['-xOzf', tarball, 'package/package.json'])
  return JSON.parse(stdout) as Manifest
}

/** Reads the package.json of a folder of this repository. */
export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest
}
