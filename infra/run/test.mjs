import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { checkSteps, runChecks } from './checks.mjs'
import { root, runVisibly, tool } from './child.mjs'
import { ensureInstalled } from './ensure.mjs'
import { choiceOf, COMPUTING, FORM_TEXTS } from './form.mjs'

/** So few failed files run once more, alone. More of them have a cause in common. */
const AGAIN_MAX = 3
/** The runs of all suites, beside each other, with the niceness of each. */
const RUNS = [
  { projects: ['e2e'], niceness: 0 },
  { projects: ['pg', 'kafka'], niceness: 0 },
  { projects: COMPUTING, niceness: 10 },
]

/**
 * `npm test` runs the short form of all suites, `npm test -- unit` the fast loop, `npm test -- whole` everything.
 * Names of projects choose among the suites; the other arguments go to vitest.
 */
async function main(given) {
  await ensureInstalled()
  const choice = choiceOf(given, process.env)
  const checked = await runChecks(checkSteps)
  const results = [checked, ...(await runShared(choice))]
  const sum = (what) => results.reduce((total, result) => total + (result[what] ?? 0), 0)
  // The failures again, at the end: runs print beside each other, and earlier output can be far above.
  for (const failure of results.flatMap(({ failures }) => failures)) console.log(`✗ ${failure}`)
  console.log(FORM_TEXTS[choice.form])
  if (sum('skipped') > 0) console.log(`${sum('skipped')} skipped`)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
  process.exitCode = sum('failed') === 0 ? 0 : 1
}

/**
 * Both runs of Vitest, and all projects of each, import the same modules: each is transformed once. The cache
 * ends with this run, so that no run reads files of an earlier state of the tree.
 */
async function runShared(choice) {
  const cache = await mkdtemp(`${tmpdir()}/freshet-modules-`)
  const kept = ['--experimental.fsModuleCache', `--experimental.fsModuleCachePath=${cache}`]
  try {
    return await runSuites(choice, (args, niceness) =>
      runTests([...kept, ...args], { niceness, env: { TEST_FORM: choice.form } }),
    )
  } finally {
    await rm(cache, { recursive: true })
  }
}

/**
 * Suites with services mostly wait, so those of stores run beside those of stacks. The others take the time that
 * both leave: what answers within a lease must not be kept waiting by what only computes.
 */
async function runSuites({ projects, rest }, run) {
  const named = (names) => names.map((name) => `--project=${name}*`)
  if (projects.length > 0 || rest.length > 0) return [await run([...named(projects), ...rest])]
  const runs = RUNS.map(({ projects: names, niceness }) => run(named(names), niceness))
  return runAgain(await Promise.all(runs), run)
}

/**
 * Runs the few files that failed beside the other runs once more, alone. A test that passes then depends on the
 * load of the machine: it is named as unsteady. One that fails again is a failure.
 */
async function runAgain(results, run) {
  const files = [...new Set(results.flatMap((result) => result.files))]
  const isOutside = results.some((result) => result.failed > 0 && result.files.length === 0)
  if (files.length === 0 || files.length > AGAIN_MAX || isOutside) return results
  console.log(`\nOnce more, alone: ${files.join(', ')}`)
  const again = await run(files)
  const failed = results.flatMap(({ failures }) => failures)
  const unsteady = failed.filter((failure) => !again.failures.some((each) => isSame(each, failure)))
  for (const failure of unsteady) console.log(`! unsteady, it passed alone: ${failure}`)
  const [passed, skipped] = ['passed', 'skipped'].map((what) =>
    results.reduce((total, result) => total + result[what], 0),
  )
  return [{ ...again, passed: passed + unsteady.length, skipped }]
}

/** The first line of a failure names the test. */
function isSame(one, other) {
  return one.split('\n', 1)[0] === other.split('\n', 1)[0]
}

async function runTests(args, { niceness, env }) {
  const dir = await mkdtemp(`${tmpdir()}/freshet-report-`)
  try {
    const report = `${dir}/report.json`
    const reporters = ['--reporter=default', `--reporter=${root}infra/run/report.mjs`]
    const vitest = tool('vitest/vitest.mjs', ['run', ...reporters, ...args])
    const code = await runVisibly(...vitest, { niceness, env: { ...env, TEST_REPORT: report } })
    return count(await readReport(report), code)
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function readReport(file) {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  return { passed: 0, skipped: 0, failures: [], files: [], ...JSON.parse(text) }
}

/** A run that ended badly without a reason, and one without tests, count as one failure. */
function count({ passed, skipped, failures, files }, code) {
  const silent = failures.length === 0 && (code !== 0 || passed === 0)
  const all = silent ? [`vitest ended with ${code}, ${passed} tests passed, none failed`] : failures
  return { passed, skipped, failed: all.length, failures: all, files }
}

await main(process.argv.slice(2))
