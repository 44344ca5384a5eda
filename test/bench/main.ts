import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { figuresOf, summaryOf } from './report/figures.ts'
import { compared } from './report/result.ts'
import { tableOf } from './report/table.ts'
import { writeJson, writePlots } from './report/write-report.ts'
import { pickScenarios, readArguments, type BenchArguments } from './run/arguments.ts'
import { describeCommit, describeMachine } from './run/machine.ts'
import { ROOT } from './run/root.ts'
import { runScenarios } from './run/run-scenarios.ts'
import { cleanUpKilledRuns } from './run/scope.ts'
import type { Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios/all.ts'

const USAGE =
  'npm run bench [-- NAME…] [--quick] [--scale PART] [--json FILE] [--results FOLDER] [--list]'
/** Exit code of a process that a signal ended, as shells have it for SIGINT. */
const INTERRUPTED = 130
const RESULTS_DIR = join(ROOT, 'test/bench/results')

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readArguments(args)
    const isWhole = options.list && options.names.length === 0
    const scenarios = isWhole ? SCENARIOS : pickScenarios(SCENARIOS, options.names)
    return options.list ? printList(scenarios) : await measure(scenarios, options)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    console.error(`${error.message}\nusage: ${USAGE}`)
    return 2
  }
}

async function measure(
  scenarios: readonly Scenario[],
  { names, quick, scale, json, results: dir = RESULTS_DIR }: BenchArguments,
): Promise<number> {
  const services: { kafka?: string; postgres?: string } = {}
  const machine = describeMachine()
  const commit = await describeCommit()
  await cleanUpKilledRuns()
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stopping.abort())
  const { results, failed } = await runScenarios(scenarios, {
    quick,
    names,
    ...(scale === undefined ? {} : { scale }),
    signal: stopping.signal,
    progress: (line) => console.error(line),
    onService: (name, kind) => (services[name] = kind),
  })
  if (stopping.signal.aborted) process.exit(INTERRUPTED)
  const metrics = scenarios.flatMap((scenario) => scenario.metrics)
  const report = {
    apiVersion: 'freshet.dev/bench/v1',
    machine: { ...machine, ...services },
    commit,
    quick,
    ...(scale === undefined ? {} : { scale }),
    results: compared(results, metrics),
  } as const
  const { cpu, cores, node, loadAverage } = machine
  console.log(`${cpu}, ${cores} cores, Node ${node}, load average ${loadAverage.toFixed(1)}`)
  console.log(`commit ${commit}`)
  if (results.length > 0) console.log(`\n${tableOf(report.results)}\n`)
  for (const line of failed) console.log(`failed ${line}`)
  await rm(dir, { recursive: true, force: true })
  await writeJson(json ?? join(dir, 'results.json'), report)
  for (const file of await writePlots(dir, report.results, metrics)) console.error(`wrote ${file}`)
  const figures = figuresOf(report, scenarios, failed)
  await writeFile(join(dir, 'figures.md'), figures)
  const summary = summaryOf(report, scenarios)
  if (summary === undefined) return failed.length === 0 ? 0 : 1
  console.log(summary)
  await writeFile(join(dir, 'summary.md'), summary)
  return failed.length === 0 ? 0 : 1
}

function printList(scenarios: readonly Scenario[]): number {
  for (const { metrics } of scenarios)
    for (const { id, unit, about } of metrics) console.log(`${id} (${unit}): ${about}`)
  return 0
}
