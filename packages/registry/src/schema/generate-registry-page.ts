import { readFileSync, writeFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import { registryPage } from './registry-page.ts'

// `node packages/registry/dist/schema/generate-registry-page.js` writes docs/registry.md; with `--check` it
// writes nothing and exits 1 if the page differs from the code.
const page = new URL('../../../../docs/registry.md', import.meta.url)

if (!nodeProcess.argv.includes('--check')) writeFileSync(page, registryPage())
else if (readFileSync(page, 'utf8') !== registryPage()) {
  nodeProcess.stderr.write('docs/registry.md is not what the code says\n')
  nodeProcess.exitCode = 1
}
