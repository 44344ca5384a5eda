import { until } from '../../packages/cli/src/demo/until.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

/** The members of a service level that tests read. */
export interface SloDetail {
  readonly name: string
  readonly good: number
  readonly valid: number
  readonly worst: readonly { readonly edge?: string; readonly id?: string }[]
  readonly latest: readonly Sample[]
}

/** A measured change. */
export interface Sample {
  readonly id: string
  readonly completeMs: number | null
  readonly edges: number
  readonly slowest: string | null
}

/** Requests a service level from the console. */
export async function sloOf(stack: Stack, name: string): Promise<SloDetail> {
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const url = new URL(`/v1/slos/${name}`, stack.at.console)
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`The console answered ${response.status}.`)
  return (await response.json()) as SloDetail
}

/** Waits until a service level measures a change. Returns the duration and the measurement. */
export async function measuredBy(
  stack: Stack,
  name: string,
  id: string,
): Promise<{ readonly value: Sample; readonly ms: number }> {
  return until(`${id} measured`, 20_000, async () =>
    (await sloOf(stack, name)).latest.find((sample) => sample.id === id),
  )
}

/** Returns count and sum of the live changes of a class in the console's metrics. */
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
