import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { checkSteps, runChecks } from './checks.mjs'
import { runVisibly, tool } from './child.mjs'
import { ensureInstalled } from './ensure.mjs'

/** The projects of vitest.config.ts, by the beginning of their names; `unit` and `explore` need no services. */
const PROJECTS = ['unit', 'explore', 'pg', 'kafka', 'e2e']

/**
 * `npm test` runs everything, `npm test -- unit` the fast loop. Names of projects choose among the
 * suites; whatever else is given goes to vitest.
 */
async function main(args) {
  const chosen = args.filter((arg) => PROJECTS.includes(arg))
  const rest = args.filter((arg) => !PROJECTS.includes(arg))
  await ensureInstalled()
  const checks = await runChecks(checkSteps)
  const tests = await runTests([...chosen.map((name) => `--project=${name}*`), ...rest])
  const passed = checks.passed + tests.passed
  const failed = checks.failed + tests.failed
  if (tests.skipped > 0) console.log(`${tests.skipped} skipped`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

async function runTests(args) {
  const dir = await mkdtemp(`${tmpdir()}/freshet-report-`)
  try {
    const report = `${dir}/report.json`
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = await runVisibly(...tool('vitest/vitest.mjs', ['run', ...reporters, ...args]))
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
