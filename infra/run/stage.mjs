import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { reachable } from './reachable.mjs'

/** Members of a package.json that only its folder in this repository needs. */
const OWN = ['files', 'scripts', 'devDependencies']
/** Conditions that only this repository sets: they lead to files that are not published. */
const OWN_CONDITIONS = ['source', 'freshet-simulation']
const SOURCE_MAP = /\n\/\/# sourceMappingURL=.*\n?$/

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
 * LICENSE, and a package.json without the members of this repository. There are no sources, so there are no source
 * maps either: bundlers report one that leads to no file.
 */
export async function stage(root, folder, into) {
  const manifest = publishedManifest(await readManifest(folder))
  const entries = [...pathsIn(manifest.exports), ...pathsIn(manifest.imports ?? {})]
  for (const file of await reachable(folder, entries, manifest.imports)) {
    const text = await readFile(join(folder, file), 'utf8')
    await mkdir(dirname(join(into, file)), { recursive: true })
    await writeFile(join(into, file), text.replace(SOURCE_MAP, '\n'))
  }
  await cp(join(folder, 'README.md'), join(into, 'README.md'))
  await cp(join(root, 'LICENSE'), join(into, 'LICENSE'))
  await writeFile(join(into, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

function publishedManifest(manifest) {
  const kept = Object.entries(manifest).filter(([member]) => !OWN.includes(member))
  return withoutOwnConditions(Object.fromEntries(kept))
}

function withoutOwnConditions(value) {
  if (typeof value !== 'object' || Array.isArray(value)) return value
  const kept = Object.entries(value).filter(([name]) => !OWN_CONDITIONS.includes(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutOwnConditions(inner)]))
}

/** The files that `exports` or `imports` name. */
function pathsIn(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(pathsIn)
}

async function readManifest(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}
