import { spawnSync } from 'node:child_process'

/** Writes the JSON Schemas of the wire formats, or with `--check` fails where they are not current. */
const entry = new URL('../../packages/registry/dist/schema/generate-schemas.js', import.meta.url)
const { status } = spawnSync(process.execPath, [entry.pathname, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
