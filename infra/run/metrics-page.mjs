import { spawnSync } from 'node:child_process'

/** Writes docs/metrics.md from what is registered, or with `--check` fails where it is not current. */
const entry = new URL(
  '../../packages/telemetry/dist/prometheus/generate-metrics-page.js',
  import.meta.url,
)
const { status } = spawnSync(process.execPath, [entry.pathname, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
