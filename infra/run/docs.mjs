import { basename, dirname } from 'node:path'
import { ensureBuilt } from './ensure.mjs'
import { root } from './child.mjs'

/**
 * Builds the documentation site into `docs/.site`, without network. With `--serve`, it then serves the site on
 * loopback until Ctrl-C, at the port of `--port` or at a free one near 7080.
 */
const PORT = 7080

await ensureBuilt()
const { buildSite } = await import('./site.mjs')
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
