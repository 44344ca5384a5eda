import { architectureStep, checkSteps, runChecks } from './checks.mjs'
import { ensureInstalled } from './ensure.mjs'

await ensureInstalled()
const { passed, failed } = await runChecks([...checkSteps, architectureStep])
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
