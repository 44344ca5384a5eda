import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Root of the repository: this file runs compiled, one folder deeper than it is written. */
export const ROOT: string = rootAbove(import.meta.dirname)

function rootAbove(dir: string): string {
  if (existsSync(join(dir, 'package-lock.json'))) return dir
  const parent = dirname(dir)
  if (parent === dir) throw new Error('The benchmark does not stand in a clone of the repository.')
  return rootAbove(parent)
}
