import type { FoundJson } from '@freshet/insight/answers'
import type { Registry } from '@freshet/protocol'

/** A thing with a name of its own: a part of the registry, or an edge. */
export type NamedThing = Pick<FoundJson, 'kind' | 'id' | 'note'>

/** The names of a registry. */
export function namesOf({ clients, sources, claims, audiences }: Registry): readonly NamedThing[] {
  return [
    ...[...claims.values()].map(({ name, source }): NamedThing => ({
      kind: 'claim',
      id: name,
      note: `claim of ${source}`,
    })),
    ...[...sources.values()].map(({ id, owner }): NamedThing => ({
      kind: 'source',
      id,
      note: `source of ${owner}`,
    })),
    ...[...audiences.values()].map(({ name, claims: carried }): NamedThing => ({
      kind: 'audience',
      id: name,
      note: `audience with ${carried.join(', ') || 'no claim'}`,
    })),
    ...[...clients.values()].map(({ id }): NamedThing => ({ kind: 'client', id, note: 'client' })),
  ]
}

/**
 * The names with this text in them, the best first: the whole name, then names that begin with it, then the
 * shorter ones. At most `limit`.
 */
export function matching(
  names: readonly NamedThing[],
  text: string,
  limit: number,
): readonly FoundJson[] {
  const wanted = text.toLowerCase()
  const rank = ({ id }: NamedThing): number => {
    const name = id.toLowerCase()
    if (name === wanted) return 0
    return name.startsWith(wanted) ? 1 : 2
  }
  return names
    .filter(({ id }) => id.toLowerCase().includes(wanted))
    .toSorted((a, b) => rank(a) - rank(b) || a.id.length - b.id.length || compare(a.id, b.id))
    .slice(0, limit)
    .map((each) => ({ ...each, tenant: null, iss: null }))
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * The best finds, at most `limit`: a whole name first, then the others in their order. If there are too many, each kind
 * keeps its first ones, so that many finds of one kind hide no other kind.
 */
export function bestFound(
  found: readonly FoundJson[],
  text: string,
  limit: number,
): readonly FoundJson[] {
  const isWhole = ({ id }: FoundJson): boolean => id.toLowerCase() === text.toLowerCase()
  const ordered = [...found.filter(isWhole), ...found.filter((each) => !isWhole(each))]
  const counts = new Map<string, number>()
  const ranked = ordered.map((each) => {
    const rank = counts.get(each.kind) ?? 0
    counts.set(each.kind, rank + 1)
    return { each, rank }
  })
  const kept = new Set(ranked.toSorted((a, b) => a.rank - b.rank).slice(0, limit))
  return ranked.filter((one) => kept.has(one)).map(({ each }) => each)
}
