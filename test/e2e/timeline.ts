import type { TimelineJson } from '@freshet/insight/answers'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

const APPLIED_WITHIN_MS = 20_000
const EDGES = 2

/** A change as a console of this build answers it. */
export type Timeline = TimelineJson &
  Required<Pick<TimelineJson, 'marking' | 'revocation' | 'exposure'>>

/** Requests a change from the console; `undefined` while it is not recorded. */
export async function timelineOf(stack: Stack, id: string): Promise<Timeline | undefined> {
  const url = new URL(`/v1/changes/${encodeURIComponent(id)}`, stack.at.console)
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })
  if (response.status === 404) return undefined
  if (!response.ok) throw new Error(`The console answered ${response.status}.`)
  return ((await response.json()) as { items: readonly Timeline[] }).items[0]
}

/** Waits until a change is in the change log. */
export async function recorded(stack: Stack, id: string): Promise<Timeline> {
  const ask = (): Promise<Timeline | undefined> => timelineOf(stack, id)
  return (await until(`${id} recorded`, APPLIED_WITHIN_MS, ask)).value
}

/** Waits until every sidecar has reported that it applied a tightening change, and the ledger has marked its tokens. */
export async function applied(stack: Stack, id: string): Promise<Timeline> {
  const { value } = await until(`${id} applied by every edge`, APPLIED_WITHIN_MS, async () => {
    const timeline = await timelineOf(stack, id)
    const done = timeline?.edges.filter(({ appliedAt }) => appliedAt !== null).length
    const isApplied = timeline?.state === 'applied' && done === EDGES
    return isApplied && timeline.marking === 'done' ? timeline : undefined
  })
  return value
}
