import { readFile } from 'node:fs/promises'
import { join, normalize } from 'node:path/posix'

const SPECIFIER = /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*["']([.#][^"'\n]*)["']/g

/**
 * Returns the files of a built package that these entries lead to, by relative imports and by the names of `imports`.
 * `folder` is the place of the package; all paths are relative to it.
 */
export async function reachable(folder, entries, imports) {
  const found = [...new Set(entries.map(normalize))]
  for (const file of found) {
    const text = await readFile(join(folder, file), 'utf8')
    for (const [, specifier] of text.matchAll(SPECIFIER)) {
      const target = targetOf(file, specifier, imports)
      if (!found.includes(target)) found.push(target)
    }
  }
  return found
}

/** The imported file, of the same kind as the importing one: declarations lead to declarations. */
function targetOf(file, specifier, imports) {
  const path = specifier.startsWith('#') ? imports[specifier].default : join(file, '..', specifier)
  return normalize(file.endsWith('.d.ts') ? path.replace(/\.(?:ts|js)$/, '.d.ts') : path)
}
