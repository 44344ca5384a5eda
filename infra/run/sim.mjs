import { root, runVisibly } from './child.mjs'
import { ensureBuilt } from './ensure.mjs'

/**
 * The options of a simulation: fewer partitions (`packages/protocol/package.json`), and a heap whose young
 * space no thread helps to sweep, because every core has a run of its own.
 */
const OPTIONS = ['--conditions=freshet-simulation', '--single-threaded-gc']

await ensureBuilt()
const main = `${root}test/simulation/dist/main.js`
process.exitCode = await runVisibly(process.execPath, [...OPTIONS, main, ...process.argv.slice(2)])
