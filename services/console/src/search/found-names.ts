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
