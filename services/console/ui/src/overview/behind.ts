import type { Lag } from '@freshet/insight/answers'
import { isSilent } from '../parts/edge-words.ts'
import { spanOf } from '../parts/words.ts'

type EdgeLag = Lag['edges'][number]

/** Edges that are waited for; one that is gone serves nothing. */
export function connected<T extends { readonly standing: string }>(
  edges: readonly T[],
): readonly T[] {
  return edges.filter((edge) => !isSilent(edge))
}

/** The oldest view of any partition at a connected edge; one without any heartbeat is older than any. */
export function oldestView(edges: Lag['edges']): EdgeLag | 'none' {
  const age = ({ behindMs }: EdgeLag): number => behindMs ?? Number.POSITIVE_INFINITY
  return connected(edges).toSorted((a, b) => age(b) - age(a))[0] ?? 'none'
}

/** The lag of recording, as a text. If one partition has no figure, the whole has none. */
export function recordingBehind({ recording }: Pick<Lag, 'recording'>): string {
  if (recording.length === 0) return 'no record was processed yet'
  const known = recording.flatMap(({ behindMs }) => behindMs ?? [])
  const most = Math.max(0, ...known)
  if (known.length < recording.length) return 'unknown: Kafka does not answer'
  return most === 0 ? 'no lag' : `${spanOf(most)} lag`
}

/** The lag of the edges, as a text. */
export function edgesBehind({ edges }: Pick<Lag, 'edges'>): string {
  const oldest = oldestView(edges)
  if (oldest === 'none') return 'no edge is connected'
  const { behindMs, edge, partition } = oldest
  if (behindMs === null) return `${edge} has received nothing of partition ${partition}`
  return `${spanOf(behindMs)} at most, at ${edge}`
}
