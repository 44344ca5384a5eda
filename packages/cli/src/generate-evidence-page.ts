import { readFileSync, writeFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import { evidencePage } from './output/evidence/evidence-page.ts'

// `node packages/cli/dist/generate-evidence-page.js` writes docs/evidence.md; with `--check` it writes
// nothing and exits 1 if the page differs from the code.
const page = new URL('../../../docs/evidence.md', import.meta.url)

if (!nodeProcess.argv.includes('--check')) writeFileSync(page, evidencePage())
else if (readFileSync(page, 'utf8') !== evidencePage()) {
  nodeProcess.stderr.write('docs/evidence.md is not what the code says\n')
  nodeProcess.exitCode = 1
}
