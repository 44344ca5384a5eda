/** A mapping of YAML. */
export interface Mapping {
  readonly [name: string]: unknown
}

/**
 * Adds lines of a page to a registry. A mapping adds to the one of its name, entries of issuers add to those of other
 * issuers, and any other value replaces.
 */
export function mergeRegistry(under: unknown, over: unknown): unknown {
  if (isMapping(under) && isMapping(over)) {
    const entries = Object.entries(over).map(
      ([name, value]) => [name, mergeRegistry(under[name], value)] as const,
    )
    return { ...under, ...Object.fromEntries(entries) }
  }
  if (!isIssuers(under) || !isIssuers(over)) return over
  const names = new Set(over.map(({ issuer }) => issuer))
  return [...under.filter(({ issuer }) => !names.has(issuer)), ...over]
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isIssuers(value: unknown): value is readonly Mapping[] {
  return Array.isArray(value) && value.every((each) => isMapping(each) && 'issuer' in each)
}
