import type { ChangeJson, ExposureJson, TimelineJson } from './answers/change.ts'
import type { ObservedJson, RefusedJson } from './answers/health.ts'
import type { EdgeHistory, EdgeJson, EdgesAnswer, Lag } from './answers/loop.ts'
import type { ChangeTokens, SubjectViewJson } from './answers/subjects/token.ts'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC, type LogReader, type Timer } from '@freshet/wire'
import type { Clock, Registry } from '@freshet/protocol'
import type { Slo } from '@freshet/protocol/slo'
import {
  type CountedEdges,
  edgePage,
  EDGE_SHOWN_MS,
  remembering,
  type EdgeQuestion,
} from './edges/edge-page.ts'
import { edgesOrGroups, isOfGroups } from './edges/edge-groups.ts'
import { NO_KEYS, type SigningVersions } from './edges/edge-signed.ts'
import { edgeStatusOf } from './edges/edge-status.ts'
import { applyView, edgeViews } from './edges/edge-view.ts'
import { changeExposure } from './exposure/change-exposure.ts'
import type { ExposedChange } from './exposure/exposure-store.ts'
import { registryUsage, type RegistryUsage } from './exposure/registry-usage.ts'
import { appendedAtIn, edgeLag, recordingLag } from './edges/lag.ts'
import type {
  RecordedApply,
  KnownEdge,
  ObservatoryStore,
  RecentQuestion,
  TightenedQuestion,
} from './observatory-store.ts'
import { pipelineBounds } from './pipeline/pipeline-bounds.ts'
import { pipelineView, type PipelineView } from './pipeline/pipeline.ts'
import { followReports, type ReportCounts } from './reports/follow-reports.ts'
import type { ChangeSample } from './sli/change-sample.ts'
import { refusedJson } from './reports/refused-json.ts'
import { ObservedRequests } from './reports/observed-requests.ts'
import { RefusedNow } from './reports/refused-now.ts'
import { ReportHorizon } from './sli/report-horizon.ts'
import type { SliStore } from './sli/sli-store.ts'
import { effectOn, heldTokenJson } from './changes/change-effect.ts'
import { changeJson, type LoggedChange } from './changes/logged-change.ts'
import { timelineOf } from './changes/timeline.ts'

const SUBJECT_ROWS_MAX = 50
/** Changes of a subject among which the latest statement of each source is found. */
const LATEST_WITHIN = 1_000
/** The outcomes of statements that were accepted; a late one is not the latest statement. */
const STATED_OUTCOMES = ['applied', 'noop']

/** The parts that the observatory needs. */
export interface ObservatoryParts {
  readonly store: ObservatoryStore
  /** The measurements; absent: none. */
  readonly slis?: Pick<SliStore, 'samplesOf' | 'add'>
  /** The objectives that are counted as reports come: stale allows. */
  readonly slos?: readonly Slo[]
  readonly clock: Clock
  /** Lets quiet reports of a second share a transaction; absent: none waits for another. */
  readonly timer?: Timer
  /** Called with the further content of reports; absent: not called. */
  readonly counts?: ReportCounts
  /**
   * The versions whose clients sign reports; absent: no client has a key, so every signature is of an unknown
   * key.
   */
  readonly versions?: SigningVersions
}

/** Some of the edges, each with its lag, and how all of them stand. */
export type EdgeViewPage = Required<Omit<EdgesAnswer, 'apiVersion'>>

/** A change with its way to the edges. */
export interface FollowedChange {
  readonly change: LoggedChange
  readonly way: TimelineJson
}

/** Which of the latest changes are asked for, with their ways. */
export interface RecentChanges extends RecentQuestion {
  /**
   * Returns whether the timeline of a change is complete already, so that it can be left out. It is called
   * for each change, newest first.
   */
  readonly isKnown?: (change: LoggedChange) => boolean
}

/** The questions that the console answers. */
export interface Observatory {
  /** Every change of that id with its way to the edges; empty when none is known. */
  change(id: string): Promise<readonly TimelineJson[]>
  /** The outstanding tokens of the subject of each change of that id, and the effect of the change on each. */
  tokensOfChange(id: string): Promise<ChangeTokens['items']>
  /** The latest changes of these kinds that took something away, newest first. At most `limit`. */
  tightened(question: TightenedQuestion, limit: number): Promise<readonly FollowedChange[]>
  /** The latest changes, newest first. At most `limit`, without those that `isKnown` knows to its end. */
  recent(question: RecentChanges, limit: number): Promise<readonly TimelineJson[]>
  /** The edges that reported within the last hour; where they are too many, their groups. */
  edges(): Promise<readonly EdgeJson[]>
  /** The number of edges that report and are not counted. */
  uncountedEdges(): Promise<number>
  /**
   * Edges one by one behind a name, by name; at most {@link EDGES_PAGE_MAX}. A broker that does not answer makes
   * their lag `null`.
   */
  edgePage(question: EdgeQuestion, reader: Pick<LogReader, 'bounds'>): Promise<EdgeViewPage>
  /**
   * The last applies of an edge, newest first; none for an edge that is only reported in a group. At most
   * `limit`.
   */
  latestApplies(edge: string, limit: number): Promise<EdgeHistory['applies']>
  /** The recent changes and the outstanding tokens of a subject. */
  subject(subjectKey: string): Promise<Omit<SubjectViewJson, 'apiVersion'>>
  /** The latest accepted change of each source about each claim and the account of a subject, as far as they are kept. */
  latestOf(subjectKey: string): Promise<readonly ChangeJson[]>
  /**
   * The state of each partition, each registered source and the quarantine. A broker that does not answer
   * makes its figures `null`.
   */
  pipeline(registry: Registry, reader: Pick<LogReader, 'bounds'>): Promise<PipelineView>
  /** The audiences' use of their claims on the last days, and the claims that they do not need. */
  usage(registry: Registry, days: number): Promise<RegistryUsage>
  /**
   * The lag of recording and of each edge behind their topics. A broker that does not answer makes it `null`.
   */
  lag(reader: Pick<LogReader, 'bounds' | 'read'>): Promise<Omit<Lag, 'apiVersion'>>
  /** The changes, edges and routes with the most requests that were let in too late since a time. At most `limit`. */
  worstExposed(sinceMs: number, limit: number): Promise<readonly ExposedChange[]>
  /** Follows the edges' reports into the store until the signal aborts. */
  followReports(reader: LogReader, signal: AbortSignal): Promise<void>
  /** The routes that refuse requests now because claims are unverified, those with the most requests first. */
  refusedNow(registry: Registry): readonly RefusedJson[]
  /** The requests of the last day on observed routes, those with the most requests first. */
  observedRequests(registry: Registry): readonly ObservedJson[]
  /** Up to when every report is known; `null` until all were read once. */
  reportsUntilMs(): number | null
}

/** Wires the observatory over its store. */
export function createObservatory(parts: ObservatoryParts): Observatory {
  const { store, slis, clock, versions = NO_KEYS } = parts
  const horizon = new ReportHorizon()
  const refused = new RefusedNow()
  const observed = new ObservedRequests()
  const requests = [refused, observed]
  const following = { ...parts, horizon, requests, version: versions.current }
  const { countedEdges, ...ofEdges } = edgesOf({ store, clock, versions })
  const timelines = async (
    found: Promise<readonly LoggedChange[]>,
  ): Promise<readonly FollowedChange[]> => {
    const [changes, { edges, uncounted }] = await Promise.all([found, countedEdges()])
    const samples = (await slis?.samplesOf(changes.map(({ id }) => id))) ?? []
    return Promise.all(
      changes.map(async (change) => {
        const applies = await appliesOf(store, change, edges)
        const sample = samples.find((each) => isOf(each, change))
        const witnesses = { edges, applies, uncounted, sample }
        return { change, way: timelineOf(change, witnesses, clock.nowMs()) }
      }),
    )
  }
  return {
    change: async (id) =>
      explained(await timelines(store.changes(id)), { store, clock, countedEdges }),
    tightened: (question, limit) => timelines(store.tightened(question, limit)),
    ...ofEdges,
    async recent({ isKnown = () => false, ...question }, limit) {
      const found = store.recent(question, limit)
      const open = found.then((changes) => changes.filter((each) => !isKnown(each)))
      return (await timelines(open)).map(({ way }) => way)
    },
    tokensOfChange: async (id) =>
      Promise.all((await store.changes(id)).map((change) => effectsOf(change, store))),
    async subject(subjectKey) {
      const [changes, tokens] = await Promise.all([
        store.changesOf(subjectKey, SUBJECT_ROWS_MAX),
        store.tokensOf(subjectKey, SUBJECT_ROWS_MAX),
      ])
      return { changes: changes.map(changeJson), tokens: tokens.map(heldTokenJson) }
    },
    worstExposed: (sinceMs, limit) => store.worstExposed(sinceMs, limit),
    async latestOf(subject) {
      const question = { subject, outcomes: STATED_OUTCOMES, within: LATEST_WITHIN }
      return (await store.latestOf(question)).map(changeJson)
    },
    async pipeline(registry, reader) {
      const [rows, bounds] = await Promise.all([store.pipeline(), pipelineBounds(reader)])
      return pipelineView(rows, bounds, registry, clock.nowMs())
    },
    usage: (registry, days) => registryUsage(store, registry, { days, nowMs: clock.nowMs() }),
    followReports: (reader, signal) => followReports(following, reader, signal),
    lag: async (reader) => lagOf((await countedEdges()).edges, { store, clock }, reader),
    observedRequests: (registry) => observed.at(registry, clock.nowMs()),
    refusedNow: (registry) => refusedJson(refused.at(clock.nowMs()), registry, clock.nowMs()),
    reportsUntilMs: () => horizon.untilMs,
  }
}

type OfEdges = 'edges' | 'uncountedEdges' | 'edgePage' | 'latestApplies'
type Edges = Pick<Observatory, OfEdges> & EdgeReader

function edgesOf(parts: ReadParts & Required<Pick<ObservatoryParts, 'versions'>>): Edges {
  const { store, clock, versions } = parts
  const known = remembering(store, clock, versions)
  const countedEdges = async (): Promise<CountedEdges> => {
    const { edges, uncounted } = await known()
    return { edges: edgesOrGroups(edges, clock.nowMs(), 'oldest'), uncounted }
  }
  return {
    countedEdges,
    edges: async () => edgeViews((await countedEdges()).edges, parts),
    uncountedEdges: async () => (await known()).uncounted,
    async edgePage(question, reader) {
      const page = edgePage(await known(), question, clock.nowMs())
      const bounds = await reader.bounds(REVOCATIONS_TOPIC).catch(() => null)
      const views = (edges: readonly KnownEdge[]) => edgeViews(edges, { store, clock, bounds })
      const [items, groups] = await Promise.all([views(page.items), views(page.groups)])
      const { next, total, uncounted } = page
      return { items, next, total, groups, uncounted }
    },
    latestApplies: async (edge, limit) => (await store.latestApplies(edge, limit)).map(applyView),
  }
}

type ReadParts = Pick<ObservatoryParts, 'store' | 'clock'>

interface EdgeReader {
  readonly countedEdges: () => Promise<CountedEdges>
}

/** Returns the ways of changes with the requests that edges allowed before they had applied them. */
function explained(
  changes: readonly FollowedChange[],
  parts: ReadParts & EdgeReader,
): Promise<readonly TimelineJson[]> {
  return Promise.all(
    changes.map(async ({ change, way }) => ({
      ...way,
      exposure: await exposureOf(change, parts),
    })),
  )
}

/** `isOfSubject: false`: the change concerns many subjects, whose tokens are not listed here. */
async function effectsOf(
  change: LoggedChange,
  store: ObservatoryStore,
): Promise<ChangeTokens['items'][number]> {
  const { tenant, source, subject, tokensMarked } = change
  const tokens = subject === null ? [] : await store.tokensOf(subject, SUBJECT_ROWS_MAX)
  return {
    tenant,
    source,
    isOfSubject: subject !== null,
    tokensMarked,
    tokens: tokens.map((token) => ({ ...heldTokenJson(token), effect: effectOn(token, change) })),
  }
}

/** The applies of edges, or of their groups. */
async function appliesOf(
  store: ObservatoryStore,
  { partition, revocationOffset: offset }: LoggedChange,
  edges: readonly KnownEdge[],
): Promise<readonly RecordedApply[]> {
  if (offset === null) return []
  return isOfGroups(edges)
    ? store.groupApplies(partition, offset)
    : store.applies(partition, offset)
}

async function exposureOf(
  change: LoggedChange,
  { store, clock, countedEdges }: ReadParts & EdgeReader,
): Promise<ExposureJson | null> {
  if (!change.tightened) return null
  const sinceMs = clock.nowMs() - EDGE_SHOWN_MS
  const { edges } = await countedEdges()
  const [starts, applies] = await Promise.all([
    isOfGroups(edges) ? [] : store.starts(sinceMs),
    appliesOf(store, change, edges),
  ])
  // A report is stored at once. An apply that was read makes it complete, so its counts are read later.
  const exposed = await store.exposed(change)
  return changeExposure(change, { edges, starts, exposed, applies })
}

async function lagOf(
  edges: readonly KnownEdge[],
  { store, clock }: ReadParts,
  reader: Pick<LogReader, 'bounds' | 'read'>,
): Promise<Omit<Lag, 'apiVersion'>> {
  const topics = [CHANGES_TOPIC, REVOCATIONS_TOPIC]
  const boundsOf = (topic: string) => reader.bounds(topic).catch(() => null)
  const [{ partitions }, ...bounds] = await Promise.all([store.pipeline(), ...topics.map(boundsOf)])
  const [changes = null, revocations = null] = bounds
  const nowMs = clock.nowMs()
  return {
    recording: await recordingLag(partitions, changes, { nowMs, appendedAt: appendedAtIn(reader) }),
    edges: edges.flatMap((edge) =>
      edgeLag(edge, edgeStatusOf(edge, nowMs), { bounds: revocations, nowMs }),
    ),
  }
}

function isOf(sample: ChangeSample, { tenant, source, id, partition }: LoggedChange): boolean {
  const { tenant: whose, source: by, id: name, partition: where } = sample
  return name === id && whose === tenant && by === source && where === partition
}
