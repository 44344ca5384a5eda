import { readFileSync, writeFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import { metricsPage } from './metrics-page.ts'

// `node packages/telemetry/dist/prometheus/generate-metrics-page.js` writes docs/metrics.md; with `--check` it
// writes nothing and exits 1 where the page is not what is registered.
const page = new URL('../../../../docs/metrics.md', import.meta.url)

if (!nodeProcess.argv.includes('--check')) writeFileSync(page, metricsPage())
else if (readFileSync(page, 'utf8') !== metricsPage()) {
  nodeProcess.stderr.write('docs/metrics.md is not what packages/telemetry registers\n')
  nodeProcess.exitCode = 1
}
