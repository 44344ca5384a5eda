import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { installedBelow } from '../run/installed-below.mjs'
import { stage } from '../run/stage.mjs'
import { isNeeded, isOwnNeeded } from './unneeded.mjs'

/**
 * Writes the command line with all that it needs at run time into a folder: our packages in the form in which users
 * install them, and the libraries of `node_modules` in the versions of package-lock.json.
 */
export async function writeApp(root, app, version) {
  const program = join(root, 'node_modules', '@freshet', 'cli')
  const all = await installedBelow([program])
  const [own, libraries] = [all.filter(isOurs), all.filter((each) => !isOurs(each))]
  // The command line carries the private ones.
  for (const { name, folder } of own.filter(({ isPrivate }) => !isPrivate)) {
    const place = join(app, 'node_modules', name)
    await stage(root, folder, place)
    const files = await filesBelow(place)
    await Promise.all(
      files.filter((file) => !isOwnNeeded(file)).map((file) => rm(join(place, file))),
    )
  }
  for (const { name, folder } of libraries)
    await copyLibrary(name, folder, placeIn(root, app, folder))
  const dependencies = { '@freshet/cli': version }
  const manifest = { name: 'freshet', version, private: true, license: 'Apache-2.0', dependencies }
  await writeFile(join(app, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

function isOurs({ name }) {
  return name.startsWith('@freshet/')
}

/** The place of a library in the image is that in the clone. */
function placeIn(root, app, folder) {
  const place = relative(root, folder)
  if (place.startsWith(`node_modules${sep}`)) return join(app, place)
  throw new Error(`${place} is the library of one workspace alone. The image has no place for it.`)
}

async function copyLibrary(name, from, to) {
  for (const file of (await filesBelow(from)).filter((each) => isNeeded(name, each))) {
    await mkdir(dirname(join(to, file)), { recursive: true })
    await cp(join(from, file), join(to, file))
  }
}

/** The files of a package, without what npm installed for it. */
async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .filter((path) => !isInstalled(path))
}

/** A carried package of ours is in `node_modules/@freshet`, and is no library. */
function isInstalled(path) {
  return path.includes(`node_modules${sep}`) && !path.includes(`node_modules${sep}@freshet${sep}`)
}
