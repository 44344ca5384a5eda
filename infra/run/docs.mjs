import { cp } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ensureBuilt } from './ensure.mjs'
import { root, runVisibly, tool } from './child.mjs'

/**
 * Builds the documentation site into `docs/.site`, without network. With `--serve`, it then serves the site on
 * loopback until Ctrl-C, at the port of `--port` or at a free one near 7080. With `--screens`, the browser suite
 * first makes the pictures of the console, and those of `docs/screens` are replaced. With `--screens --all FOLDER`, it
 * only writes pictures of every page of a real stack into the folder: in five states, two sizes and two schemes.
 */
const PORT = 7080
/** The pictures in the repository, by those of the suite. The others are on the built site alone. */
const KEPT = { 'overview-wide-light-top': 'overview', 'overview-narrow-dark-top': 'overview-phone' }

await ensureBuilt()
const all = process.argv.indexOf('--all')
if (all !== -1) process.exit(await makeAllScreens(process.argv[all + 1]))
const { buildSite, SCREENS } = await import('./site.mjs')
if (process.argv.includes('--screens')) await makeScreens()
const site = await buildSite(root)
console.log(`built ${site}`)
if (process.argv.includes('--serve')) await serve(site)

async function serve(folder) {
  const { preview } = await import('vite')
  const named = process.argv.indexOf('--port')
  const port = named === -1 ? PORT : Number(process.argv[named + 1])
  const server = await preview({
    configFile: false,
    appType: 'mpa',
    root: dirname(folder),
    build: { outDir: basename(folder) },
    preview: { host: '127.0.0.1', port, strictPort: named !== -1 },
    logLevel: 'warn',
  })
  console.log(`docs ${server.resolvedUrls?.local[0] ?? ''}`)
}

async function makeAllScreens(folder) {
  if (folder === undefined)
    throw new Error('Name the folder of the pictures: --screens --all FOLDER.')
  const suite = ['run', '--project=e2e', 'test/browser/screens']
  const env = { SCREENS_FOLDER: resolve(folder) }
  return runVisibly(...tool('vitest/vitest.mjs', suite), { env })
}

async function makeScreens() {
  const suite = ['--project=pg', 'test/browser/pages.long.pg.test.ts', '-t', 'wide and narrow']
  const code = await runVisibly(...tool('vitest/vitest.mjs', ['run', ...suite]))
  if (code !== 0) throw new Error('The browser suite failed, so the pictures are not replaced.')
  for (const [made, kept] of Object.entries(KEPT))
    await cp(join(root, SCREENS, `${made}.png`), join(root, 'docs', 'screens', `${kept}.png`))
}
