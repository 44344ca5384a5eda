import { defaultPrincipal, ACL_ROLES, type AclRole } from './acl-plan.ts'

/** The byte rates of one principal on each broker, and the reason for them. */
export interface QuotaRule {
  /** The name in Kafka's form: `User:NAME`. */
  readonly principal: string
  readonly roles: readonly AclRole[]
  /** Absent: the roles write nothing. */
  readonly producerBytesPerS?: number
  /** Absent: the roles read nothing. */
  readonly consumerBytesPerS?: number
  /** A sentence for each role. */
  readonly reasons: readonly string[]
}

interface Rates {
  readonly producer?: number
  readonly consumer?: number
  readonly reason: string
}

/** A starting edge reads 420,000 records of 1 kB (docs/protocol/README.md): 26 s at this rate. */
const EDGE_READ_BYTES_PER_S = 16_777_216
/** An edge writes one report a second, of about 1 kB. The largest record has 256 KiB. */
const EDGE_REPORT_BYTES_PER_S = 262_144
/** The gateway allows a source the same by default: FRESHET_SOURCE_BYTES_PER_SECOND. */
const SOURCE_BYTES_PER_S = 8_388_608
/** About 4,000 tokens a second, each with a record of about 1 kB. */
const ISSUER_BYTES_PER_S = 4_194_304

/** The roles that are clients of others. The services are not limited: a limit would delay revocations. */
const LIMITS: Readonly<Partial<Record<AclRole, Rates>>> = {
  edge: {
    producer: EDGE_REPORT_BYTES_PER_S,
    consumer: EDGE_READ_BYTES_PER_S,
    reason: 'A starting edge reads 420,000 records in 26 s, and then writes one report a second.',
  },
  source: {
    producer: SOURCE_BYTES_PER_S,
    reason: 'A source writes as many bytes as the gateway accepts from one by default.',
  },
  issuer: {
    producer: ISSUER_BYTES_PER_S,
    reason: 'An issuer reports about 4,000 tokens a second at most.',
  },
}

/**
 * Returns the quotas of the principals whose roles are all clients: `edge`, `source` and `issuer`. A principal with
 * several roles has the sum of their rates. Kafka has quotas of users alone, so another kind of principal has none.
 * `principals` are those of `planAcls`.
 */
export function planQuotas(
  principals: ReadonlyMap<AclRole, readonly string[]> = new Map(),
): readonly QuotaRule[] {
  const rolesOf = new Map<string, AclRole[]>()
  for (const role of ACL_ROLES)
    for (const principal of principals.get(role) ?? [defaultPrincipal(role)])
      rolesOf.set(principal, [...(rolesOf.get(principal) ?? []), role])
  return [...rolesOf].flatMap(([principal, roles]) => quotaOf(principal, roles))
}

function quotaOf(principal: string, roles: readonly AclRole[]): readonly QuotaRule[] {
  const rates = roles.flatMap((role) => LIMITS[role] ?? [])
  if (rates.length < roles.length || !principal.startsWith('User:')) return []
  const producer = sumOf(rates.map((each) => each.producer))
  const consumer = sumOf(rates.map((each) => each.consumer))
  const rule: QuotaRule = {
    principal,
    roles,
    ...(producer > 0 && { producerBytesPerS: producer }),
    ...(consumer > 0 && { consumerBytesPerS: consumer }),
    reasons: rates.map(({ reason }) => reason),
  }
  return [rule]
}

function sumOf(rates: readonly (number | undefined)[]): number {
  return rates.reduce<number>((sum, rate = 0) => sum + rate, 0)
}
