import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { checkSteps, runChecks } from './checks.mjs'
import { runVisibly, tool } from './child.mjs'
import { ensureInstalled } from './ensure.mjs'

/** The projects of vitest.config.ts, by the beginning of their names: those that compute, and those with services. */
const COMPUTING = ['unit', 'explore']
const WITH_SERVICES = ['pg', 'kafka', 'e2e']

/**
 * `npm test` runs everything, `npm test -- unit` the fast loop. Names of projects choose among the
 * suites; whatever else is given goes to vitest.
 */
async function main(args) {
  await ensureInstalled()
  const results = [await runChecks(checkSteps), ...(await runSuites(args))]
  const sum = (what) => results.reduce((total, result) => total + (result[what] ?? 0), 0)
  if (sum('skipped') > 0) console.log(`${sum('skipped')} skipped`)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
  process.exitCode = sum('failed') === 0 ? 0 : 1
}

/**
 * Suites with services mostly wait, so the others run beside them, in the time that they leave: what
 * answers within a lease must not be kept waiting by what only computes.
 */
async function runSuites(args) {
  const projects = (names) => names.map((name) => `--project=${name}*`)
  if (args.length === 0) {
    return Promise.all([
      runTests(projects(WITH_SERVICES)),
      runTests(projects(COMPUTING), { niceness: 5 }),
    ])
  }
  const all = [...COMPUTING, ...WITH_SERVICES]
  const chosen = args.filter((arg) => all.includes(arg))
  const rest = args.filter((arg) => !all.includes(arg))
  return [await runTests([...projects(chosen), ...rest])]
}

async function runTests(args, options) {
  const dir = await mkdtemp(`${tmpdir()}/freshet-report-`)
  try {
    const report = `${dir}/report.json`
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const vitest = tool('vitest/vitest.mjs', ['run', ...reporters, ...args])
    const code = await runVisibly(...vitest, options)
    return count(await readReport(report), code)
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function readReport(file) {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  return JSON.parse(text)
}

/**
 * A file that fails before its first test, an error outside of any test and a run without tests
 * each count as one failure: none of them is a failed test in the report.
 */
function count(report, code) {
  const passed = report.numPassedTests ?? 0
  const brokenFiles = (report.testResults ?? []).filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length
  let failed = (report.numFailedTests ?? 0) + brokenFiles
  if (failed === 0 && (code !== 0 || passed === 0)) failed = 1
  return { passed, failed, skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0) }
}

await main(process.argv.slice(2))
