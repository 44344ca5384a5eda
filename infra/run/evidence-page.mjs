import { spawnSync } from 'node:child_process'

/** Writes docs/evidence.md from the rows, or with `--check` fails where it is not current. */
const entry = new URL('../../packages/cli/dist/generate-evidence-page.js', import.meta.url)
const { status } = spawnSync(process.execPath, [entry.pathname, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
