import { EXACT_EDGES_MAX, GROUPED_WITHIN_MS, groupName } from '@freshet/protocol/slo'
import { edgeStatusOf } from './edge-status.ts'
import { signedIn } from './edge-signed.ts'
import { unverifiedInGroup } from './unverified-group.ts'
import type { KnownEdge } from '../observatory-store.ts'

/**
 * The view of a partition that represents a group: the oldest shows trouble, the newest shows whether all are
 * closed.
 */
export type GroupView = 'oldest' | 'newest'

/** Returns whether there are too many edges to report them one by one. */
export function areGrouped(edges: readonly KnownEdge[], nowMs: number): boolean {
  if (edges.length <= EXACT_EDGES_MAX) return false
  const sinceMs = nowMs - GROUPED_WITHIN_MS
  return edges.filter(({ reportedAtMs }) => reportedAtMs >= sinceMs).length > EXACT_EDGES_MAX
}

/** Edges, or where they are too many their groups: those of an audience that stand alike. */
export function edgesOrGroups(
  edges: readonly KnownEdge[],
  nowMs: number,
  view: GroupView,
): readonly KnownEdge[] {
  return areGrouped(edges, nowMs) ? groupsOf(edges, nowMs, view) : edges
}

/** Their groups: those of an audience that stand alike. */
export function groupsOf(
  edges: readonly KnownEdge[],
  nowMs: number,
  view: GroupView,
): readonly KnownEdge[] {
  const groups = new Map<string, KnownEdge[]>()
  for (const edge of edges) {
    const name = `${edge.audience}/${edgeStatusOf(edge, nowMs)}`
    const group = groups.get(name)
    if (group) group.push(edge)
    else groups.set(name, [edge])
  }
  return [...groups].map(([name, members]) => asOne(name, members, view))
}

/** Returns whether these are groups. */
export function isOfGroups(edges: readonly Pick<KnownEdge, 'group'>[]): boolean {
  return edges.some(({ group }) => group !== undefined)
}

/** The members of a group in an answer: its number of edges. The other members hold for the worst of them. */
export function ofGroup(edges: number | null): { edges?: number; isUpperBound?: true } {
  return edges === null ? {} : { edges, isUpperBound: true }
}

/** The name under which its applies are kept. */
export function appliesAs({ edge, group }: Pick<KnownEdge, 'edge' | 'group'>): string {
  return group?.name ?? edge
}

/** The worst of its edges in everything, so that its figures hold for each. */
function asOne(name: string, members: readonly KnownEdge[], view: GroupView): KnownEdge {
  const [first] = members as [KnownEdge]
  const live = members.flatMap(({ liveSinceMs }) => liveSinceMs ?? [])
  const versions = new Set(members.map(({ version }) => version))
  const unverified = unverifiedInGroup(members)
  return {
    edge: name,
    audience: first.audience,
    version: versions.size === 1 ? first.version : 'several',
    state: members.every(({ state }) => state === first.state) ? first.state : 'unverified',
    reportedAtMs: members.reduce((latest, each) => Math.max(latest, each.reportedAtMs), 0),
    liveSinceMs: live.length === 0 ? null : live.reduce((a, b) => Math.min(a, b)),
    partitions: partitionsOf(members, view),
    signer: null,
    ...(unverified === undefined ? {} : { unverified }),
    group: { edges: members.length, signed: signedIn(members), name: groupName(first.audience) },
  }
}

interface Folded {
  readonly applied: bigint
  readonly viewAtMs: number | null
  /** The number of edges that reported the partition. */
  readonly of: number
}

function partitionsOf(members: readonly KnownEdge[], view: GroupView): KnownEdge['partitions'] {
  const reportedAtMs = members.reduce((latest, each) => Math.max(latest, each.reportedAtMs), 0)
  const folded = new Map<number, Folded>()
  for (const member of members) {
    for (const { partition, applied, viewAgeMs } of member.partitions) {
      const viewAtMs = viewAgeMs === null ? null : member.reportedAtMs - viewAgeMs
      const one = { applied, viewAtMs, of: 1 }
      folded.set(partition, withOne(folded.get(partition), one, view))
    }
  }
  return [...folded].map(([partition, { applied: least, viewAtMs, of }]) => {
    // An edge without a report about the partition has read nothing of it, as far as is known.
    const applied = of === members.length ? least : 0n
    return { partition, applied, viewAgeMs: viewAtMs === null ? null : reportedAtMs - viewAtMs }
  })
}

function withOne(known: Folded | undefined, one: Folded, view: GroupView): Folded {
  if (known === undefined) return one
  const pick = view === 'oldest' ? older : newer
  return {
    applied: one.applied < known.applied ? one.applied : known.applied,
    viewAtMs: pick(known.viewAtMs, one.viewAtMs),
    of: known.of + 1,
  }
}

function older(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : Math.min(one, other)
}

function newer(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
}
