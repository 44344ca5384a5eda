import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { changelogPart, withPart } from './changesets.mjs'
import { root } from './child.mjs'
import { publish } from './publish.mjs'
import { RELEASED, readApiHashes, readChangesets, readManifests } from './release-files.mjs'

const run = promisify(execFile)
const CHANGESETS = join(root, 'node_modules/@changesets/cli/bin.js')
const DEPENDENCIES = ['dependencies', 'devDependencies', 'peerDependencies']
const NEXT_STEPS = `Nothing was committed, tagged or published. The next steps:
  git diff                                            # read CHANGELOG.md and the versions
  npm run build && npm run check && npm test -- whole
  git add --all && git commit -m 'release: VERSION' && git tag vVERSION
  npm run pack
  npm run release -- --publish`

/**
 * Prepares a release from the changesets: all versions, package-lock.json, CHANGELOG.md and the record of exports. It
 * publishes nothing without `--publish`. Another folder than this repository can be given.
 */
async function main(args) {
  const folder = args.find((arg) => !arg.startsWith('--')) ?? root
  if (!args.includes('--publish')) return prepare(folder)
  await publish(folder).catch((error) => {
    console.error(`Nothing more is published. ${error.stderr?.trim() || error.message}`)
    process.exitCode = 1
  })
}

async function prepare(folder) {
  const changesets = await readChangesets(folder)
  if (changesets.length === 0) {
    console.error('No changeset waits in .changeset, so there is nothing to release.')
    process.exitCode = 1
    return
  }
  const before = await readJson(folder, 'package.json')
  await run(process.execPath, [CHANGESETS, 'version'], { cwd: folder })
  const manifests = await readManifests(folder)
  const version = commonVersion(Object.values(manifests))
  await writeJson(folder, 'package.json', { ...before, version })
  await updateLock(folder, { ...manifests, '': { version } })
  await updateSources(folder, Object.keys(manifests), [before.version, version])
  await updateChangelog(folder, { version, changesets })
  await writeJson(folder, RELEASED, { version, hashes: await readApiHashes(folder) })
  console.log(`${before.version} → ${version}\n${NEXT_STEPS.replaceAll('VERSION', version)}`)
}

/** The packages depend on each other by exactly one version. */
function commonVersion(manifests) {
  const versions = [...new Set(manifests.map(({ version }) => version))]
  if (versions.length !== 1) throw new Error(`The packages have versions ${versions.join(', ')}.`)
  return versions[0]
}

/** Writes the versions of the workspaces into the lock file. Nothing else changes, so npm needs no registry. */
async function updateLock(folder, manifests) {
  const lock = await readJson(folder, 'package-lock.json')
  for (const [path, manifest] of Object.entries(manifests)) {
    const entry = lock.packages[path]
    entry.version = manifest.version
    for (const kind of DEPENDENCIES) if (manifest[kind]) entry[kind] = manifest[kind]
  }
  await writeJson(folder, 'package-lock.json', { ...lock, version: manifests[''].version })
}

/** Constants named `…VERSION` that have the version in a text: packages show it without reading a file. */
async function updateSources(folder, workspaces, [before, version]) {
  for (const workspace of workspaces) {
    const names = await readdir(join(folder, workspace), { recursive: true })
    const sources = names.filter((name) => /^src\/.*(?<!\.test)\.ts$/.test(name))
    for (const name of sources) {
      const file = join(folder, workspace, name)
      const text = await readFile(file, 'utf8')
      const changed = text.replaceAll(`VERSION = '${before}'`, `VERSION = '${version}'`)
      if (changed !== text) await writeFile(file, changed)
    }
  }
}

async function updateChangelog(folder, { version, changesets }) {
  const file = join(folder, 'CHANGELOG.md')
  const date = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length)
  const part = changelogPart({ version, date, changesets })
  await writeFile(file, withPart(await readFile(file, 'utf8'), part))
}

async function readJson(folder, name) {
  return JSON.parse(await readFile(join(folder, name), 'utf8'))
}

async function writeJson(folder, name, value) {
  await writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
}

await main(process.argv.slice(2))
