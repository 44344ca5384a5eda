import type { Clock, Registry } from '@freshet/protocol'
import type { LogReader } from '@freshet/wire'
import type { EdgeJson, Lag } from '../answers/loop.ts'
import { edgesOrGroups } from '../edges/edge-groups.ts'
import { remembering } from '../edges/edge-page.ts'
import { NO_KEYS, type SigningVersions } from '../edges/edge-signed.ts'
import { edgeStatusOf } from '../edges/edge-status.ts'
import { edgeViews } from '../edges/edge-view.ts'
import { appendedAtIn, edgeLag, recordingLag } from '../edges/lag.ts'
import type { ObservatoryStore } from '../observatory-store.ts'
import { pipelineBounds } from '../pipeline/pipeline-bounds.ts'
import { pipelineView, type PipelineView } from '../pipeline/pipeline.ts'

/** The reads of the store that a state is made of. */
export type StateStore = Pick<ObservatoryStore, 'pipeline' | 'edges' | 'uncountedEdges'>

/** The parts that a state is read with. */
export interface StateParts {
  readonly store: StateStore
  readonly reader: Pick<LogReader, 'bounds' | 'read'>
  readonly clock: Clock
  /** Absent: no client has a key, so each signed edge counts as withdrawn. */
  readonly versions?: SigningVersions
}

/** Everything between the sources and the edges at one moment, for the verdict and the metrics. */
export interface ObservedState {
  readonly pipeline: PipelineView
  /** The edges, or their groups. Their clocks and conflicts are not read: no rule of the verdict needs them. */
  readonly edges: readonly EdgeJson[]
  readonly uncounted: number
  /** The lag of each edge by its last report. The heads of the revocation topic are not read. */
  readonly edgeLags: Lag['edges']
}

/** Reads a state with as few statements as its parts have tables of their own. */
export interface StateReader {
  /** Reads all parts at once. A broker that does not answer makes its figures `null`. @throws `database.*` */
  read(registry: Registry): Promise<ObservedState>
  /** Returns the lag of recording. It reads a record of each partition in which one waits. */
  recordingLag(state: Pick<ObservedState, 'pipeline'>): Promise<Lag['recording']>
}

const withoutStarts = { starts: () => Promise.resolve([]) }

/** Creates the reader of the state over the store and the broker. */
export function stateReader({ store, reader, clock, versions = NO_KEYS }: StateParts): StateReader {
  const known = remembering(store, clock, versions)
  return {
    async read(registry) {
      const [rows, bounds, { edges: all, uncounted }] = await Promise.all([
        store.pipeline(),
        pipelineBounds(reader),
        known(),
      ])
      const nowMs = clock.nowMs()
      const edges = edgesOrGroups(all, nowMs, 'oldest')
      return {
        pipeline: pipelineView(rows, bounds, registry, nowMs),
        edges: await edgeViews(edges, { store: withoutStarts, clock }),
        uncounted,
        edgeLags: edges.flatMap((edge) =>
          edgeLag(edge, edgeStatusOf(edge, nowMs), { bounds: null, nowMs }),
        ),
      }
    },
    recordingLag({ pipeline: { partitions } }) {
      const ends = partitions.flatMap(({ partition, end }) =>
        end === null ? [] : [{ partition, end }],
      )
      const appendedAt = appendedAtIn(reader)
      return recordingLag(partitions, ends, { appendedAt, nowMs: clock.nowMs() })
    },
  }
}
