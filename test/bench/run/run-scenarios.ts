import { resultsOf, type Result } from '../report/result.ts'
import type { Scenario } from '../scenario.ts'
import { Scope, type RunSettings } from './scope.ts'

/** The result of a run: if a scenario fails, the others are measured all the same. */
export interface RunOutcome {
  readonly results: readonly Result[]
  readonly failed: readonly string[]
}

/** Runs one scenario after the other; scenarios share nothing but the machine. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  settings: RunSettings,
): Promise<RunOutcome> {
  const outcome = { results: [] as Result[], failed: [] as string[] }
  for (const scenario of scenarios) {
    if (settings.signal.aborted) break
    const name = nameOf(scenario)
    settings.progress(`── ${name}`)
    try {
      outcome.results.push(...(await runOne(scenario, settings)))
    } catch (error) {
      outcome.failed.push(`${name}: ${String(error instanceof Error ? error.stack : error)}`)
    }
  }
  return outcome
}

/** Returns the names of its metrics, for people. */
export function nameOf({ metrics }: Scenario): string {
  return metrics.map(({ id }) => id).join(', ')
}

async function runOne(scenario: Scenario, settings: RunSettings): Promise<readonly Result[]> {
  const scope = new Scope(settings)
  const { signal } = settings
  let interrupt = (): void => undefined
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(new Error('The run was interrupted.'))
    signal.addEventListener('abort', interrupt, { once: true })
  })
  try {
    // A scenario does not know of signals: its processes end while it runs.
    const readings = await Promise.race([scenario.run(scope), interrupted])
    const { metrics, inParts = false } = scenario
    return resultsOf(inParts ? metrics.filter(({ id }) => id in readings) : metrics, readings)
  } finally {
    signal.removeEventListener('abort', interrupt)
    await scope.end()
  }
}
