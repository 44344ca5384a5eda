import { existsSync } from 'node:fs'
import { lstat, readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Returns the installed packages that packages need at run time, by the search of Node: those of `dependencies`, and
 * installed ones of `optionalDependencies` and `peerDependencies`. Optional peers are the choice of the user.
 */
export async function installedBelow(folders) {
  const found = new Map()
  for (const folder of await Promise.all(folders.map((each) => realpath(each))))
    found.set(folder, await readManifest(folder))
  for (const [folder, manifest] of found) {
    for (const place of await placesOf(folder, manifest))
      if (!found.has(place)) found.set(place, await readManifest(place))
  }
  return [...found].map(([folder, { name, version, private: own = false }]) => ({
    name,
    version,
    folder,
    isPrivate: own,
  }))
}

/** Returns the bytes of the files below a folder. Folders with the second name are not counted. */
export async function bytesOf(folder, without = '') {
  const entries = await readdir(folder, { withFileTypes: true })
  const sizes = entries
    .filter(({ name }) => name !== without)
    .map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return bytesOf(path, without)
      return (await lstat(path)).size
    })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

async function placesOf(folder, manifest) {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifest
  const isOptionalPeer = (name) => manifest.peerDependenciesMeta?.[name]?.optional === true
  const peers = Object.keys(peerDependencies).filter((name) => !isOptionalPeer(name))
  const places = []
  for (const name of [
    ...Object.keys(dependencies),
    ...Object.keys(optionalDependencies),
    ...peers,
  ]) {
    const place = placeOf(folder, name)
    if (place !== undefined) places.push(await realpath(place))
    else if (optionalDependencies[name] === undefined)
      throw new Error(`${name}, which ${manifest.name} needs, is not installed.`)
  }
  return places
}

/** The nearest `node_modules` that has the package. */
function placeOf(folder, name) {
  for (let from = folder; ; from = dirname(from)) {
    const place = join(from, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) return place
    if (from === dirname(from)) return undefined
  }
}

async function readManifest(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}
