import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { npm } from './ensure.mjs'
import { publishedFolders } from './stage.mjs'

const run = promisify(execFile)
const SCOPE = 'freshet'

/**
 * Publishes the packed tarballs of a release, dependencies first. A version that the registry already has is left
 * alone, so the same command continues after a failure. Refuses if the commit is not the tagged release, if a tarball is
 * missing, or if the user of npm does not hold the scope.
 */
export async function publish(folder) {
  const { version } = await readManifest(folder)
  await requireTaggedCommit(folder, `v${version}`)
  const tarballs = await requireTarballs(folder, version)
  await requireScope(folder)
  for (const { name, file } of tarballs) {
    const isThere = (await ask(folder, ['view', `${name}@${version}`, 'version'])).trim() !== ''
    if (!isThere) await runNpm(folder, ['publish', file])
    console.log(`${name}@${version} ${isThere ? 'was published before' : 'is published'}`)
  }
}

async function requireTaggedCommit(folder, tag) {
  const git = async (...args) => (await run('git', args, { cwd: folder })).stdout.trim()
  if ((await git('status', '--porcelain')) !== '')
    throw new Error('Files differ from the commit. Commit or remove them.')
  const tags = (await git('tag', '--points-at', 'HEAD')).split('\n')
  if (!tags.includes(tag)) throw new Error(`The commit has no tag ${tag}. Run \`git tag ${tag}\`.`)
}

/** Returns the tarball of every published package, dependencies first. */
async function requireTarballs(folder, version) {
  const manifests = await Promise.all((await publishedFolders(folder)).map(readManifest))
  const present = await readdir(join(folder, 'dist', 'packages')).catch(() => [])
  return inOrder(manifests).map((name) => {
    const file = `${name.slice(1).replace('/', '-')}-${version}.tgz`
    if (!present.includes(file))
      throw new Error(`dist/packages/${file} is missing. Run \`npm run pack\`.`)
    return { name, file: join(folder, 'dist', 'packages', file) }
  })
}

/** Names of packages. Each comes after the packages that it depends on. */
function inOrder(manifests) {
  const dependencies = new Map(manifests.map((each) => [each.name, each.dependencies ?? {}]))
  const ordered = new Set()
  const add = (name) => {
    for (const below of Object.keys(dependencies.get(name))) if (dependencies.has(below)) add(below)
    ordered.add(name)
  }
  for (const name of dependencies.keys()) add(name)
  return [...ordered]
}

/** The scope of a user is the user's own name. Any other scope is an organization that lists its members. */
async function requireScope(folder) {
  const user = (await ask(folder, ['whoami'])).trim()
  if (user === '') throw new Error('`npm whoami` returns no user. Run `npm login`.')
  if (user === SCOPE) return
  const members = await ask(folder, ['org', 'ls', SCOPE, user, '--json'])
  if (members !== '' && user in JSON.parse(members)) return
  throw new Error(
    `${user} does not hold the scope @${SCOPE}. Create the organization ${SCOPE}, or ask its owner for membership.`,
  )
}

/** The output of a question to the registry. It is empty if the registry refuses or has no such thing. */
async function ask(folder, args) {
  return runNpm(folder, args).catch(() => '')
}

async function runNpm(folder, args) {
  const [program, all] = npm([...args, '--loglevel=error'])
  return (await run(program, all, { cwd: folder })).stdout
}

async function readManifest(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}
