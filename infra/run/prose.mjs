import { existsSync } from 'node:fs'
import { ensureBuilt } from './ensure.mjs'

/** Counts what of the project's prose is not plain English: `infra/prose`. `npm run check` has built it already. */
const main = new URL('../prose/dist/main.js', import.meta.url)
if (!process.argv.includes('--check') || !existsSync(main)) await ensureBuilt()
await import(main)
