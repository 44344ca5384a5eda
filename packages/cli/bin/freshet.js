#!/usr/bin/env node
import { existsSync } from 'node:fs'

const built = new URL('../dist/main.js', import.meta.url)
if (existsSync(built)) {
  const { main } = await import(built.href)
  await main(process.argv)
} else {
  // A clone as it came: what is installed from a registry is built.
  process.stderr.write('freshet is not built yet. Run `npm run build` in the clone first.\n')
  process.exitCode = 1
}
