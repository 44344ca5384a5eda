import { execFile } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../run/root.ts'
import { SkippedError, type BenchContext } from '../scenario.ts'
import type { ClientName } from './clients.ts'

const run = promisify(execFile)
const PACKAGE: Readonly<Record<ClientName, string>> = {
  kafkajs: 'kafkajs',
  platformatic: '@platformatic/kafka',
}
const KB = 1_000

/** The bytes and the number of the packages that npm installs for a client. */
export interface Tree {
  readonly kB: number
  readonly packages: number
}

/** Installs a client by npm, in the version of this repository, into an empty folder. */
export async function treeOf(context: BenchContext, client: ClientName): Promise<Tree> {
  const folder = await context.tempDir()
  const { devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const name = PACKAGE[client]
  const dependencies = { [name]: devDependencies[name] }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', ['install', ...options, '--loglevel=error'], { cwd: folder }).catch(
    (error: unknown) => {
      throw new SkippedError(`npm cannot install ${name}: ${String(error)}`)
    },
  )
  const modules = join(folder, 'node_modules')
  const files = await readdir(modules, { recursive: true })
  const found = await Promise.all(files.map((file) => stat(join(modules, file))))
  const bytes = found.filter((each) => each.isFile()).reduce((sum, { size }) => sum + size, 0)
  const lock = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8')) as {
    readonly packages: object
  }
  return { kB: bytes / KB, packages: Object.keys(lock.packages).length }
}
