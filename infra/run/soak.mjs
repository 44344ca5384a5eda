import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runVisibly, tool } from './child.mjs'
import { ensureBuilt } from './ensure.mjs'

const OPTIONS = { minutes: { type: 'string', default: '10' }, out: { type: 'string' } }

/** Runs a secured installation under faults for some minutes, and writes the page of the witness. */
async function main(args) {
  const { values } = parseArgs({ args, options: OPTIONS })
  const minutes = Number(values.minutes)
  if (!(minutes >= 1 && minutes <= 1_440)) {
    console.error('`--minutes` takes a number from 1 to 1440.')
    process.exitCode = 2
    return
  }
  await ensureBuilt()
  const out = values.out ? resolve(values.out) : await mkdtemp(`${tmpdir()}/freshet-soak-`)
  const vitest = tool('vitest/vitest.mjs', ['run', '--config', 'test/soak/vitest.config.ts'])
  const env = { SOAK_MINUTES: String(minutes), SOAK_OUT: out }
  process.exitCode = await runVisibly(...vitest, { env })
  console.log(`The report is ${out}/soak.html.`)
}

await main(process.argv.slice(2))
