/** One thing in a registry that makes it unsound. */
export interface Finding {
  /** Stable name of the rule. */
  readonly code: FindingCode
  /** JSON pointer into the registry file. */
  readonly place: string
  readonly message: string
  /** What to change, as an instruction. */
  readonly fix: string
}

/** The rules of {@link lintRegistry}. */
export type FindingCode =
  | 'owner.missing'
  | 'source.unknown'
  | 'source.heartbeat-slower-than-lease'
  | 'claim.unknown'
  | 'claim.from-cycle'
  | 'claim.strips-a-restriction'
  | 'class.no-objective'
  | 'claim.without-origin'
  | 'ttl.above-maximum'
  | 'grant.descriptive'
  | 'grant.not-carried'
  | 'client.unknown-tenant'
  | 'client.unknown-audience'
  | 'client.unknown-issuer'
  | 'client.authentication'

/** @internal JSON pointer of a named part of the registry file. */
export function pointer(part: string, name: string): string {
  return `/${part}/${escaped(name)}`
}

/** @internal A name as a step of a JSON pointer. */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
