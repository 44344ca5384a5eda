import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The packages below a folder, and the bytes of their files. */
export interface WholeTree {
  /** Sorted; a package that is there twice is named twice. */
  readonly names: readonly string[]
  readonly bytes: number
}

const PACKAGE = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/

/** Reads the `node_modules` of a folder, also those inside of packages. */
export async function wholeTreeOf(folder: string): Promise<WholeTree> {
  const entries = await readdir(join(folder, 'node_modules'), {
    recursive: true,
    withFileTypes: true,
  })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  return {
    names: files.flatMap((file) => PACKAGE.exec(file)?.[1] ?? []).toSorted(),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  }
}
