import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { root, runQuietly } from './child.mjs'
import { withLock } from './lock.mjs'

const OLDEST_NODE = [20, 19]

/** Installs what package-lock.json names, if node_modules is not that already. */
export async function ensureInstalled() {
  requireNode()
  if (await isInstalled()) return
  await withLock(async () => {
    if (await isInstalled()) return
    console.error('installing dependencies (once)')
    await orEnd('npm ci', ...npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']))
  })
}

/** Compiles whatever changed since the last time. */
export async function ensureBuilt() {
  await ensureInstalled()
  await withLock(async () => {
    if (!existsSync(`${root}packages/cli/dist/.tsbuildinfo`)) console.error('building (once)')
    await orEnd('build', process.execPath, [`${root}infra/run/compile.mjs`])
  })
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  console.error(`Freshet needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.version}.`)
  process.exit(2)
}

/**
 * The file inside node_modules lists the installed packages: npm keeps it as a second lock file. Times of
 * files do not show it: a checkout writes package-lock.json anew, and `npm install` might not.
 */
async function isInstalled() {
  const wanted = await readPackages(`${root}package-lock.json`)
  const present = await readPackages(`${root}node_modules/.package-lock.json`)
  return Object.entries(wanted)
    .filter(([path]) => path.startsWith('node_modules/'))
    .every(([path, { version, optional, link }]) => {
      if (link) return existsSync(`${root}${path}`)
      return present[path] === undefined ? optional === true : present[path].version === version
    })
}

async function readPackages(file) {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  return JSON.parse(text).packages ?? {}
}

/** A command of npm: the npm that started us, if one did. */
export function npm(args) {
  const script = process.env.npm_execpath
  return script?.endsWith('.js') ? [process.execPath, [script, ...args]] : ['npm', args]
}

async function orEnd(name, program, args) {
  const { code, output } = await runQuietly(program, args)
  if (code === 0) return
  console.error(output)
  console.error(`${name} failed with exit code ${code}.`)
  process.exit(1)
}
