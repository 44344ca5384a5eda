import { spawnSync } from 'node:child_process'

/** Writes docs/errors.md from the catalogue, or with `--check` fails where it is not current. */
const entry = new URL('../../packages/runtime/dist/errors/generate-errors-page.js', import.meta.url)
const { status } = spawnSync(process.execPath, [entry.pathname, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
