import type { EdgeLag, EdgeView, LagView } from '@freshet/observatory'
import { edgeJson, ofGroup } from './wire.ts'

/** How far everybody is behind; positions as strings, `null` where the broker does not answer. */
export function lagJson({ recording, edges }: LagView): object {
  return {
    recording: recording.map(({ partition, ...lag }) => ({ partition, ...behindJson(lag) })),
    edges: edges.map(edgeLagJson),
  }
}

/** Decisions of an edge per second, over the last whole minute. */
export interface EdgeRates {
  readonly allow: number
  readonly deny: number
  readonly challenge: number
}

/** An edge with what it decides and how far it is behind; rates are `null` where it did not report. */
export function edgeWithLagJson(
  edge: EdgeView,
  lags: readonly EdgeLag[],
  rates: EdgeRates | null,
): object {
  const own = new Map(lags.map((lag) => [lag.partition, lag]))
  const { partitions, ...rest } = edgeJson(edge)
  return {
    ...rest,
    rates,
    partitions: partitions.map((view) => {
      const lag = own.get(view.partition)
      return { ...view, ...(lag && behindJson(lag)) }
    }),
  }
}

function edgeLagJson({ edge, standing, groupOf, partition, ...lag }: EdgeLag): object {
  return { edge, standing, ...ofGroup(groupOf), partition, ...behindJson(lag) }
}

function behindJson({
  position,
  head,
  records,
  behindMs,
}: Pick<EdgeLag, 'position' | 'head' | 'records' | 'behindMs'>): object {
  return {
    position: String(position),
    head: head === null ? null : String(head),
    records: records === null ? null : String(records),
    behindMs,
  }
}
