import type { EdgeHistory, EdgeJson, EdgesAnswer } from '@freshet/insight/answers'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

const SHOWN_WITHIN_MS = 20_000

/** Waits until the row of each edge names exactly these sources, and returns the rows. */
export async function untilUnverified(
  stack: Stack,
  sources: readonly string[],
): Promise<readonly EdgeJson[]> {
  const expected = JSON.stringify(sources)
  const named = ({ unverified }: EdgeJson): string =>
    JSON.stringify(unverified?.isOutOfView === false && unverified.sources.map((of) => of.source))
  const { value } = await until(`edges name ${expected}`, SHOWN_WITHIN_MS, async () => {
    const { items } = await answerOf<EdgesAnswer>(stack, '/v1/edges')
    return items.length > 0 && items.every((edge) => named(edge) === expected) ? items : undefined
  })
  return value
}

/** Returns the number of requests that an edge denied within the hour, by reason. */
export async function deniedBy(
  stack: Stack,
  edge: string,
): Promise<{ readonly stale: number; readonly unverified: number }> {
  const { minutes } = await answerOf<EdgeHistory>(stack, `/v1/edges/${encodeURIComponent(edge)}`)
  const sum = (reason: 'stale' | 'unverified'): number =>
    minutes.reduce((all, { denied }) => all + (denied?.[reason] ?? 0), 0)
  return { stale: sum('stale'), unverified: sum('unverified') }
}

async function answerOf<T>(stack: Stack, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const url = new URL(path, stack.at.console)
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`The console answered ${response.status}.`)
  return (await response.json()) as T
}
