import { spawnSync } from 'node:child_process'

/** Writes rules and boards from infra/slo/slos.yaml, or with `--check` fails where they are not current. */
const entry = new URL('../../packages/insight/dist/slo/generate.js', import.meta.url)
const { status } = spawnSync(process.execPath, [entry.pathname, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
