import { until } from '../../packages/cli/src/demo/until.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

/** A service level in detail, as far as tests look at it. */
export interface SloDetail {
  readonly name: string
  readonly good: number
  readonly valid: number
  readonly worst: readonly { readonly edge?: string; readonly id?: string }[]
  readonly latest: readonly Sample[]
}

/** A change as it was measured. */
export interface Sample {
  readonly id: string
  readonly completeMs: number | null
  readonly edges: number
  readonly slowest: string | null
}

/** Asks the console for a service level. */
export async function sloOf(stack: Stack, name: string): Promise<SloDetail> {
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const url = new URL(`/v1/slos/${name}`, stack.at.console)
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`The console answered ${response.status}.`)
  return (await response.json()) as SloDetail
}

/** Waits until a change is measured by a service level; how long that took, and how. */
export async function measuredBy(
  stack: Stack,
  name: string,
  id: string,
): Promise<{ readonly value: Sample; readonly ms: number }> {
  return until(`${id} measured`, 20_000, async () =>
    (await sloOf(stack, name)).latest.find((sample) => sample.id === id),
  )
}

/** Count and sum of the live changes of a class that the console's metrics show. */
export async function shownOf(
  stack: Stack,
  named: string,
): Promise<{ readonly count: number; readonly sum: number }> {
  const response = await fetch(new URL('/metrics', stack.at.console))
  const lines = (await response.text()).split('\n')
  const of = `{class="${named}",origin="live"} `
  const read = (part: string): number => {
    const start = `freshet_change_complete_duration_seconds_${part}${of}`
    return Number(lines.find((line) => line.startsWith(start))?.slice(start.length) ?? 0)
  }
  return { count: read('count'), sum: read('sum') }
}
