import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packInto } from '../architecture/pack.ts'
import { INSTALL_MS, INSTALL_OPTIONS, runIn, type Ended } from './project.ts'

/** A folder outside of this repository with the command line and no other package. */
export interface CommandLine {
  readonly place: string
  readonly folder: string
  readonly version: string
  /** Runs the command in the folder. The last argument can add variables to an empty environment. */
  readonly freshet: (...args: readonly (string | More)[]) => Promise<Ended>
  /** Adds one more of the packed packages. */
  readonly install: (name: string) => Promise<Ended>
}

/** Variables of a command. */
export interface More {
  readonly env: Readonly<Record<string, string>>
}

const COMMAND_MS = 110_000
/** The command line, and the published packages that it needs; a registry is not asked for them. */
const PACKAGES = ['cli', 'edge', 'kafka', 'protocol', 'wire']

/** Installs it by npm from the tarballs. Resolves to a text if npm cannot install. */
export async function installCommandLine(): Promise<CommandLine | string> {
  const place = await mkdtemp(join(tmpdir(), 'freshet-command-line-'))
  const folder = join(place, 'empty')
  await mkdir(folder)
  const packed = await packInto(join(place, 'packages'))
  const tarball = (name: string): string => {
    const found = packed.find((each) => each.name === `@freshet/${name}`)
    return `file:../packages/${found?.filename}`
  }
  const files = Object.fromEntries(PACKAGES.map((name) => [`@freshet/${name}`, tarball(name)]))
  const manifest = { private: true, dependencies: files }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const npm = (...args: readonly string[]): Promise<Ended> =>
    runIn(folder, ['npm', 'install', ...INSTALL_OPTIONS, ...args], { timeoutMs: INSTALL_MS })
  const { code, output } = await npm()
  if (code !== 0) {
    await rm(place, { recursive: true })
    return `npm cannot install the dependencies of the command line: ${output}`
  }
  return {
    place,
    folder,
    version: packed.find(({ name }) => name === '@freshet/cli')?.version ?? '',
    // The Postgres of a platform is an optional dependency, and has 60 MB.
    install: (name) => npm('--omit=optional', tarball(name)),
    freshet(...args) {
      const words = args.filter((each) => typeof each === 'string')
      const { env = {} } = args.find((each): each is More => typeof each !== 'string') ?? {}
      const bin = join(folder, 'node_modules/.bin/freshet')
      const command = [process.execPath, bin, ...words]
      return runIn(folder, command, { timeoutMs: COMMAND_MS, env: { NO_COLOR: '1', ...env } })
    },
  }
}
