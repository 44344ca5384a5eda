import type { Registry } from './registry.ts'

/** Ends a pattern that stands for every name with the same beginning. */
const ANY = '*'

/**
 * Returns whether a pattern of `clients.NAME.edges` matches this name: the name itself, or its beginning and
 * `*`.
 */
export function standsFor(pattern: string, name: string): boolean {
  return pattern.endsWith(ANY) ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/** Returns whether a name exists that both patterns match. */
export function haveNameInCommon(one: string, other: string): boolean {
  if (!one.endsWith(ANY)) return standsFor(other, one)
  if (!other.endsWith(ANY)) return standsFor(one, other)
  const [a, b] = [one.slice(0, -1), other.slice(0, -1)]
  return a.startsWith(b) || b.startsWith(a)
}

/** The id of the client that alone signs the reports of an edge, as the registry declares it; `undefined`: it declares none. */
export function declaredSigners({
  clients,
}: Pick<Registry, 'clients'>): (edge: string) => string | undefined {
  const declaring = [...clients.values()].filter(({ edges = [] }) => edges.length > 0)
  return (edge) =>
    declaring.find(({ edges = [] }) => edges.some((pattern) => standsFor(pattern, edge)))?.id
}
