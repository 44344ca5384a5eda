import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { reachable } from './reachable.mjs'
import { carriedManifest, carrierManifest, libraryManifest } from './staged-manifest.mjs'

const SOURCE_MAP = /\n\/\/# sourceMappingURL=.*\n?$/
/** Members of `files` that name the build and the sources as a whole. */
const WHOLE = ['dist', 'src']

/** Returns the folders of the packages that users install: those that are not `private`, by their names. */
export async function publishedFolders(root) {
  const names = await readdir(join(root, 'packages'))
  const folders = names
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
  const manifests = await Promise.all(folders.map(readManifest))
  return folders.filter((_, index) => manifests[index].private !== true)
}

/**
 * Writes the published form of a built package into a folder: its entries, the files that they lead to, README.md,
 * LICENSE, and a package.json without the members of this repository. Private packages that it depends on go into
 * its node_modules in the same form. There are no sources, so there are no source maps either: bundlers report one
 * that leads to no file.
 */
export async function stage(root, folder, into) {
  const manifest = await readManifest(folder)
  const carried = await carriedBy(root, manifest)
  const published =
    carried.length === 0
      ? libraryManifest(manifest)
      : carrierManifest(
          manifest,
          carried.map((each) => each.manifest),
        )
  await stageFiles({ folder, manifest }, published, into)
  await cp(join(folder, 'README.md'), join(into, 'README.md'))
  await cp(join(root, 'LICENSE'), join(into, 'LICENSE'))
  for (const each of carried) {
    const place = join(into, 'node_modules', each.manifest.name)
    await stageFiles(each, carriedManifest(each.manifest), place)
  }
}

/** The private packages of this repository below a package, each once. */
async function carriedBy(root, manifest) {
  const found = new Map()
  const wanted = Object.keys(manifest.dependencies ?? {})
  for (const name of wanted) {
    if (!name.startsWith('@freshet/') || found.has(name)) continue
    const folder = await realpath(join(root, 'node_modules', name))
    const own = await readManifest(folder)
    if (own.private !== true) continue
    found.set(name, { folder, manifest: own })
    wanted.push(...Object.keys(own.dependencies ?? {}))
  }
  return [...found.values()]
}

async function stageFiles({ folder, manifest }, published, into) {
  const beside = (manifest.files ?? []).filter((path) => !WHOLE.includes(path) && path[0] !== '!')
  const named = [published.exports ?? {}, published.imports ?? {}, manifest.bin ?? {}, beside]
  const paths = named.flatMap(pathsIn)
  const isCode = (path) => /\.(?:js|d\.ts)$/.test(path)
  for (const file of await reachable(folder, paths.filter(isCode), manifest.imports)) {
    const text = await readFile(join(folder, file), 'utf8')
    await mkdir(dirname(join(into, file)), { recursive: true })
    await writeFile(join(into, file), text.replace(SOURCE_MAP, '\n'))
  }
  // Data beside the code. A name with a dot is a mark of the build.
  const filter = (path) => !basename(path).startsWith('.')
  for (const path of beside.filter((each) => !isCode(each)))
    await cp(join(folder, path), join(into, path), { recursive: true, filter })
  await writeFile(join(into, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
}

/** The files that `exports` or another member names. */
function pathsIn(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(pathsIn)
}

async function readManifest(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}
