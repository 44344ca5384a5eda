import { spawnSync } from 'node:child_process'

/** Writes docs/registry.md from schema and rules, or with `--check` fails where it is not current. */
const entry = new URL(
  '../../packages/registry/dist/schema/generate-registry-page.js',
  import.meta.url,
)
const { status } = spawnSync(process.execPath, [entry.pathname, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
