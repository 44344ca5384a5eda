import type { Registry } from '../registry/registry.ts'

/** The claims of each audience whose absence allows more. An audience without one is left out. */
export type MappedRestrictions = ReadonlyMap<string, readonly string[]>

/** A claim, as far as it restricts. */
interface Restricting {
  readonly kind: 'authoritative' | 'descriptive'
  readonly polarity: string
}

/** The part of a claim map that names restrictions. */
interface RestrictingMap {
  readonly claims: ReadonlyMap<string, Restricting>
  readonly restrictions?: MappedRestrictions
}

const NONE: readonly string[] = []

/**
 * Returns whether the absence of a claim allows more (rule 24). A polarity that this build does not know counts as
 * restricting. A descriptive claim decides nothing.
 */
export function isRestriction({ kind, polarity }: Restricting): boolean {
  return kind === 'authoritative' && polarity !== 'grant'
}

/** Returns the restricting claims of the audiences of a registry. */
export function mappedRestrictions({
  audiences,
  claims,
}: Pick<Registry, 'audiences' | 'claims'>): MappedRestrictions {
  const restricts = (name: string): boolean => {
    const claim = claims.get(name)
    return claim !== undefined && isRestriction(claim)
  }
  return new Map(
    [...audiences.values()].flatMap(({ name, claims: carried }) => {
      const restricting = carried.filter(restricts)
      return restricting.length === 0 ? [] : [[name, restricting] as const]
    }),
  )
}

/**
 * Returns the claims that bind every request with a token for these audiences, whether the token carries them or not.
 * A map that does not list them by audience is of an older build: then every restricting claim of it binds.
 */
export function restrictionsOn(
  audiences: readonly string[],
  map: RestrictingMap | undefined,
): readonly string[] {
  if (map === undefined) return NONE
  const { restrictions } = map
  if (restrictions === undefined)
    return [...map.claims].flatMap(([name, claim]) => (isRestriction(claim) ? name : []))
  const bound = audiences.flatMap((audience) => restrictions.get(audience) ?? NONE)
  return bound.length === 0 ? NONE : [...new Set(bound)]
}

/** Returns the claims to judge where a request uses these, and restrictions bind it. The same list where nothing is added. */
export function withRestrictions(
  used: readonly string[],
  restrictions: readonly string[],
  ignored: readonly string[] = NONE,
): readonly string[] {
  const more = restrictions.filter((claim) => !used.includes(claim) && !ignored.includes(claim))
  return more.length === 0 ? used : [...used, ...more]
}
