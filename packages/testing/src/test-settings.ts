import { FreshetError, type ClaimMap, type MappedClaim } from '@freshet/protocol'

/** Options of {@link createTestFeed}. */
export interface TestFeedOptions {
  /** The issuer of the tokens. Default `https://tokens.test`. */
  readonly issuer?: string
  /** The audience of the tokens. Default `payments`. */
  readonly audience?: string
  /** The tenant of the tokens. Default `test`. */
  readonly tenant?: string
  /** The authoritative claims, each with its source. The first source also has the accounts. Default `{ groups: 'hr' }`. */
  readonly claims?: Readonly<Record<string, string>>
  /** The lease of each source, in milliseconds. Default 5,000. */
  readonly leaseMs?: number
  /** The time of the clock at the start, in milliseconds since 1970. Default the present. */
  readonly startMs?: number
}

/** The options with every default filled in. */
export interface TestSettings {
  readonly issuer: string
  readonly audience: string
  readonly tenant: string
  readonly map: ClaimMap
  readonly sources: readonly string[]
}

const LEASE_MS = 5_000

/**
 * Fills in the defaults.
 *
 * @throws `config.invalid`
 */
export function testSettings({
  issuer = 'https://tokens.test',
  audience = 'payments',
  tenant = 'test',
  claims = { groups: 'hr' },
  leaseMs = LEASE_MS,
}: TestFeedOptions): TestSettings {
  const sources = [...new Set(Object.values(claims))]
  const [account] = sources
  if (account === undefined)
    throw new FreshetError('config.invalid', 'claims: Name at least one claim with its source.')
  const map: ClaimMap = {
    version: 1,
    account,
    cutOffs: [],
    leasesMs: new Map(sources.map((source) => [source, leaseMs])),
    claims: new Map(Object.entries(claims).map(([name, source]) => [name, mapped(source)])),
  }
  return { issuer, audience, tenant, map, sources }
}

function mapped(source: string): MappedClaim {
  return { source, kind: 'authoritative', onUnverified: 'deny', polarity: 'grant', from: [] }
}
