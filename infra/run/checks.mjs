import { root, runQuietly, tool } from './child.mjs'
import { withLock } from './lock.mjs'

/** The number of steps that run side by side: CI has two cores. */
const PARALLEL = 2

/** These run first, one after the other: the tests import the types of clients that the second one writes. */
const buildSteps = [
  ['build', [process.execPath, [`${root}infra/run/compile.mjs`]]],
  ['HTTP and topics', [process.execPath, [`${root}infra/run/contracts.mjs`, '--check']]],
]

/** The checks that do not run the product. Each is a name and a command. */
export const checkSteps = [
  ['format', tool('oxfmt/bin/oxfmt', ['--check', '.'])],
  ['format of pages', [process.execPath, [`${root}infra/run/markdown.mjs`, '--check']]],
  ['lint', tool('oxlint/bin/oxlint', ['--type-aware', '.'])],
  ['types of the tests', tool('typescript/bin/tsc', ['-p', 'tsconfig.tests.json'])],
  ['unused code', tool('knip/bin/knip.js', ['--no-progress'])],
  ['schemas', [process.execPath, [`${root}infra/run/schemas.mjs`, '--check']]],
  ['exports of packages', [process.execPath, [`${root}infra/run/api.mjs`, '--check']]],
  ['changesets', [process.execPath, [`${root}infra/run/announced.mjs`]]],
  ['page of errors', [process.execPath, [`${root}infra/run/errors-page.mjs`, '--check']]],
  ['page of metrics', [process.execPath, [`${root}infra/run/metrics-page.mjs`, '--check']]],
  ['page of evidence', [process.execPath, [`${root}infra/run/evidence-page.mjs`, '--check']]],
  ['rules and boards', [process.execPath, [`${root}infra/run/slo-files.mjs`, '--check']]],
  ['prose', [process.execPath, [`${root}infra/run/prose.mjs`, '--check']]],
  ['page of the registry', [process.execPath, [`${root}infra/run/registry-page.mjs`, '--check']]],
]

/** Part of `check` only: `test` runs it among the unit suites. */
export const architectureStep = [
  'architecture',
  tool('vitest/vitest.mjs', ['run', '--project', 'unit', 'test/architecture']),
]

/**
 * Builds, then runs the steps; prints one line for each and the output of those that failed. A failed build
 * stops no other step: the others report further faults.
 */
export async function runChecks(steps) {
  const counts = { passed: 0, failed: 0, failures: [] }
  const queue = [...steps]
  const take = async (step) => {
    const passed = await runStep(step)
    counts[passed ? 'passed' : 'failed'] += 1
    if (!passed) counts.failures.push(step[0])
  }
  const worker = async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) await take(step)
  }
  await withLock(async () => {
    for (const step of buildSteps) await take(step)
  })
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return counts
}

async function runStep([name, [program, args]]) {
  const startMs = performance.now()
  const { code, output } = await runQuietly(program, args)
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  if (code !== 0) console.log(output)
  return code === 0
}
