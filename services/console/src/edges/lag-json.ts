import type { Behind, EdgeJson, Lag } from '@freshet/insight/answers'
import type { EdgeLag, EdgeView, LagView } from '@freshet/insight'
import { edgeJson, ofGroup } from '../wire.ts'

/** The lag of all readers; positions as strings, `null` if the broker does not answer. */
export function lagJson({ recording, edges }: LagView): Omit<Lag, 'apiVersion'> {
  return {
    recording: recording.map(({ partition, ...lag }) => ({ partition, ...behindJson(lag) })),
    edges: edges.map(edgeLagJson),
  }
}

/** Decisions of an edge per second, over the last whole minute. */
export type EdgeRates = NonNullable<EdgeJson['rates']>

/** An edge with what it decides and how far it is behind; rates are `null` where it did not report. */
export function edgeWithLagJson(
  edge: EdgeView,
  lags: readonly EdgeLag[],
  rates: EdgeRates | null,
): EdgeJson {
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

function edgeLagJson({
  edge,
  standing,
  groupOf,
  partition,
  ...lag
}: EdgeLag): Lag['edges'][number] {
  return { edge, standing, ...ofGroup(groupOf), partition, ...behindJson(lag) }
}

function behindJson({
  position,
  head,
  records,
  behindMs,
}: Pick<EdgeLag, 'position' | 'head' | 'records' | 'behindMs'>): Omit<Behind, 'partition'> {
  return {
    position: String(position),
    head: head === null ? null : String(head),
    records: records === null ? null : String(records),
    behindMs,
  }
}
