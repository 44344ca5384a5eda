import { spawnSync } from 'node:child_process'

/** Writes rules and boards from infra/slo/slos.yaml, or with `--check` fails where they are not current. */
const entry = new URL('../../packages/slo/dist/generate.js', import.meta.url)
const { status } = spawnSync(process.execPath, [entry.pathname, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
