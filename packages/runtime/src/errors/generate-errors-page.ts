import { readFileSync, writeFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import { errorsPage } from './errors-page.ts'

// `node packages/runtime/dist/errors/generate-errors-page.js` writes docs/errors.md; with `--check` it writes
// nothing and exits 1 if the page differs from the catalogue.
const page = new URL('../../../../docs/errors.md', import.meta.url)

if (!nodeProcess.argv.includes('--check')) writeFileSync(page, errorsPage())
else if (readFileSync(page, 'utf8') !== errorsPage()) {
  nodeProcess.stderr.write('docs/errors.md is not what the catalogue says\n')
  nodeProcess.exitCode = 1
}
