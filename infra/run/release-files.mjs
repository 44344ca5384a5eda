import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { changesetOf } from './changesets.mjs'

/** The hashes of the exports at the last version. `npm run release` writes it. */
export const RELEASED = 'infra/api/released.json'

/** Reads the changesets that wait for the next release. */
export async function readChangesets(root) {
  const names = await readdir(join(root, '.changeset'))
  const files = names.filter((name) => name.endsWith('.md') && name !== 'README.md').toSorted()
  const read = async (name) =>
    changesetOf(`.changeset/${name}`, await readFile(join(root, '.changeset', name), 'utf8'))
  return Promise.all(files.map(read))
}

/** Reads the hash of each file of stored exports, by the name of its package. */
export async function readApiHashes(root) {
  const names = (await readdir(join(root, 'infra/api'))).filter((name) => name.endsWith('.txt'))
  const read = async (name) => {
    const text = await readFile(join(root, 'infra/api', name), 'utf8')
    const hash = createHash('sha256').update(text).digest('hex')
    return [`@freshet/${name.replace(/\.txt$/, '')}`, hash]
  }
  return Object.fromEntries(await Promise.all(names.toSorted().map(read)))
}

/** Reads the version and the hashes of the last release. */
export async function readReleased(root) {
  return JSON.parse(await readFile(join(root, RELEASED), 'utf8'))
}

/** Reads the package.json of every workspace, by the path of its folder. */
export async function readManifests(root) {
  const { workspaces } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const folders = await Promise.all(workspaces.map((pattern) => expand(root, pattern)))
  const present = folders.flat().filter((path) => existsSync(join(root, path, 'package.json')))
  const read = async (path) => [
    path,
    JSON.parse(await readFile(join(root, path, 'package.json'), 'utf8')),
  ]
  return Object.fromEntries(await Promise.all(present.map(read)))
}

async function expand(root, pattern) {
  if (!pattern.endsWith('/*')) return [pattern]
  const parent = pattern.slice(0, -2)
  return (await readdir(join(root, parent))).map((name) => `${parent}/${name}`)
}
