import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'

/**
 * Builds the console's pages, unless they are those of these sources already: bundling takes seconds, reading
 * the sources does not. Resolves to the exit code.
 */
export async function buildPages(root) {
  const home = join(root, 'services', 'console')
  const stamp = join(home, 'dist', 'ui', '.sources')
  const sources = [join(home, 'ui'), join(root, 'packages', 'insight', 'src')]
  const wanted = await hashOf(sources, [join(root, 'package-lock.json')])
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return 0
  try {
    await build(configOf(home))
  } catch (error) {
    console.log(error)
    return 1
  }
  await writeFile(stamp, wanted)
  return 0
}

/** No inline script, style or image: the pages' content policy allows none. */
function configOf(home) {
  return {
    configFile: false,
    root: join(home, 'ui'),
    logLevel: 'warn',
    build: {
      outDir: join(home, 'dist', 'ui'),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2022',
    },
  }
}

async function hashOf(dirs, others) {
  const found = await Promise.all(
    dirs.map((dir) => readdir(dir, { recursive: true, withFileTypes: true })),
  )
  const own = found
    .flat()
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const hash = createHash('sha256')
  for (const file of [...own.toSorted(), ...others]) hash.update(file).update(await readFile(file))
  return hash.digest('hex')
}
