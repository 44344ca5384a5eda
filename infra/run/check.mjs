import { architectureStep, checkSteps, runBuild, runSteps } from './checks.mjs'
import { ensureInstalled } from './ensure.mjs'

await ensureInstalled()
const results = [await runBuild(), await runSteps([...checkSteps, architectureStep])]
const sum = (what) => results.reduce((total, result) => total + result[what], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 ? 0 : 1
