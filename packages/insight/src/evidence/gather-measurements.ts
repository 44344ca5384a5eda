import { subjectKey, type Clock, type Registry } from '@freshet/protocol'
import type { LogReader } from '@freshet/wire'
import { counts } from '../edges/edge-status.ts'
import type { EvidenceStore } from './evidence-store.ts'
import type { EdgeJson } from '../answers/loop.ts'
import type { FollowedChange, Observatory } from '../observatory.ts'
import type { LoggedChange } from '../changes/logged-change.ts'
import type { Measurements, ChangeReach } from './measurements.ts'

/** The age up to which changes and decisions count. */
const RECENT_MS = 24 * 60 * 60 * 1000
/** Changes of each kind whose way to the edges is looked at. */
const CHANGES_MAX = 50
/** Tokens that are looked at; where more are out, nothing is called green by them. */
const TOKENS_MAX = 100_000
/** Decisions that are counted. */
const DECISIONS_MAX = 10_000

const CLAIM_KINDS = ['claim', 'account']
const WIDE_KINDS = ['value-withdrawn', 'cut-off', 'deny']

/** The parts that measuring needs. */
export interface GatherParts {
  readonly observatory: Pick<Observatory, 'edges' | 'pipeline' | 'tightened'>
  readonly evidence: Pick<EvidenceStore, 'tokens' | 'decisions'>
  readonly reader: Pick<LogReader, 'bounds'>
  readonly clock: Clock
}

/** The policy version that counts. */
export interface CountingVersion {
  readonly registry: Registry
  readonly hash: string
}

/**
 * Takes the measurements that the console's stores allow. The caller adds the others (audit chain, key files,
 * quarantine).
 *
 * @throws `database.*`: a report of which half was not measured would look like one that was
 */
export async function gatherMeasurements(
  { observatory, evidence, reader, clock }: GatherParts,
  { registry, hash }: CountingVersion,
): Promise<Measurements> {
  const atMs = clock.nowMs()
  const sinceMs = atMs - RECENT_MS
  const [pipeline, edges, decisions] = await Promise.all([
    observatory.pipeline(registry, reader),
    observatory.edges(),
    evidence.decisions(sinceMs, DECISIONS_MAX),
  ])
  const { partitions, sources, grants } = pipeline
  const minimumPv = Math.max(0, ...partitions.map((each) => each.minimumPv))
  const of = { atMs, minimumPv, workloads: workloadsOf(registry) }
  const tokens = await evidence.tokens(of, TOKENS_MAX)
  const lately = async (kinds: readonly string[]): Promise<readonly ChangeReach[]> => {
    const found = await observatory.tightened({ sinceMs, kinds }, CHANGES_MAX)
    return found.flatMap((each) => reachOf(each, edges))
  }
  const revocations = await lately(CLAIM_KINDS)
  const cutOffs = await lately(WIDE_KINDS)
  const pipelineFigures = { partitions, sources, openings: grants, edges }
  return { atMs, registry, hash, ...pipelineFigures, revocations, cutOffs, tokens, decisions }
}

function workloadsOf({ clients }: Registry): readonly string[] {
  return [...clients.values()].flatMap(({ tenant, subject }) =>
    subject === undefined ? [] : [subjectKey({ tenant, ...subject })],
  )
}

/**
 * An edge that started later is past the change without an apply time: the measurement does not wait for it.
 * A change without a report of any remaining edge has no result.
 */
function reachOf(
  { change, way: { edges: steps, completeMs } }: FollowedChange,
  edges: readonly EdgeJson[],
): readonly ChangeReach[] {
  const { id, kind, appendedAtMs, publishedAtMs } = change
  const reach = { id, kind, class: change.class, appendedAtMs }
  const delaysMs = steps.flatMap(({ sincePublishedMs }) => sincePublishedMs ?? [])
  const missing = steps.filter((step) => counts(step.standing) && step.appliedAt === null)
  const isPast = missing.every(({ edge }) => isBeyond(edges, edge, change))
  if (publishedAtMs === null || !isPast) return [{ ...reach, completeMs: null }]
  if (delaysMs.length === 0) return []
  const slowest = Math.max(0, publishedAtMs - appendedAtMs) + Math.max(...delaysMs)
  return [{ ...reach, completeMs: completeMs ?? slowest }]
}

function isBeyond(
  edges: readonly EdgeJson[],
  name: string,
  { partition, revocationOffset }: LoggedChange,
): boolean {
  const view = edges.find(({ edge }) => edge === name)
  const own = view?.partitions.find((each) => each.partition === partition)
  return own !== undefined && revocationOffset !== null && BigInt(own.applied) > revocationOffset
}
