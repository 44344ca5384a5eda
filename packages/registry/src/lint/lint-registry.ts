import {
  type Registry,
  DENIALS_MAX,
  placesOfTenant,
  type Client,
  type Tenant,
  CLIENT_LIMITS,
  denialsAlive,
  TENANT_LIMITS,
} from '@freshet/protocol'
import { unmeasuredClasses, type UnmeasuredClass, PROBE_NAME } from '@freshet/protocol/slo'
import { audienceFindings } from './audiences/audience-findings.ts'
import { clientFindings } from './audiences/client-findings.ts'
import { unusedSchemaFindings } from './audiences/policy-findings.ts'
import { tenantFindings } from './audiences/tenant-findings.ts'
import { claimFindings } from './claims/claim-findings.ts'
import { type Finding, finding, pointer } from './finding.ts'
import {
  readable,
  withHints,
  type LintTerms,
  type ReadableRegistry,
  type LintedParts,
} from './readable-registry.ts'
import { issuerFindings } from './sources/issuer-findings.ts'
import { sourceFindings, speakerFindings } from './sources/source-findings.ts'

/**
 * All findings of a registry, in the order of the file's parts. A service must not start with one
 * that has an error among them.
 */
export function lintRegistry(registry: Registry, terms: LintTerms = {}): readonly Finding[] {
  return lintReadable(readable(registry), terms)
}

/** The same of a registry as far as it can be read. */
export function lintReadable(
  readableRegistry: ReadableRegistry,
  terms: LintTerms = {},
): readonly Finding[] {
  const registry = { ...withHints(readableRegistry), ...terms }
  return [
    ...speakerFindings(registry),
    ...tenantFindings(registry),
    ...sourceFindings(registry),
    ...claimFindings(registry),
    ...audienceFindings(registry),
    ...unusedSchemaFindings(registry),
    ...clientFindings(registry),
    ...revocationFindings(registry),
    ...probeFindings(registry),
    ...issuerFindings(registry),
    ...classFindings(registry),
  ]
}

/** @internal What is wrong with the classes that changes are measured in. */
function classFindings(registry: LintedParts): readonly Finding[] {
  const { claims, declared } = registry
  const isWhole = declared.claims?.size === claims.size
  return [...(isWhole ? unused(registry) : []), ...notMeasured(registry)]
}

function unused({ slo, claims }: Pick<LintedParts, 'slo' | 'claims'>): readonly Finding[] {
  const used = new Set([...claims.values()].map((claim) => claim.class))
  return [...slo.keys()].flatMap((name) => {
    if (used.has(name)) return []
    const text = { message: `no claim is of class ${name}`, fix: `remove ${name}` }
    return [finding('class.unused', pointer('slo', name), text)]
  })
}

/** The list is empty if no file of objectives is given. */
function notMeasured({ slo, slos }: Pick<LintedParts, 'slo' | 'slos'>): readonly Finding[] {
  if (slos === undefined) return []
  return unmeasuredClasses(slo, slos).map((each) =>
    finding('slo.not-measured', pointer('slo', each.name), textOf(each)),
  )
}

function textOf({ name, laxer }: UnmeasuredClass): Pick<Finding, 'message' | 'fix'> {
  const [first] = laxer
  const message =
    first === undefined
      ? `nothing measures the objective of class ${name}`
      : `what is measured of class ${name} promises less: ${laxer.map((slo) => slo.name).join(', ')}`
  return {
    message,
    fix: `write an objective of class ${name} into the file of service levels, or promise here what one of them does`,
  }
}

/** @internal What would let a probe reach something real, or something real pass as a probe. */
export function probeFindings(registry: LintedParts): readonly Finding[] {
  return [...mixedAudiences(registry), ...mixedClients(registry)]
}

/** Claims of probes in tokens of probes, and nowhere else. */
function mixedAudiences({ audiences, claims }: LintedParts): readonly Finding[] {
  return [...audiences.values()].flatMap(({ name, claims: carried }) =>
    carried.flatMap((claim, at) => {
      const source = claims.get(claim)?.source
      if (source === undefined || isProbe(source) === isProbe(name)) return []
      const message = isProbe(name)
        ? `tokens of probes would carry ${claim}, which is of ${source}`
        : `tokens for ${name} would carry ${claim}, which only probes have`
      return [mixed(`${pointer('audiences', name)}/claims/${at}`, message)]
    }),
  )
}

function mixedClients({ clients }: LintedParts): readonly Finding[] {
  return [...clients.values()].flatMap(({ id, tenant, audiences, introspects }) => {
    const place = pointer('clients', id)
    const named = [
      ...audiences.map((name, at) => ({ name, place: `${place}/audiences/${at}` })),
      ...introspects.map((name, at) => ({ name, place: `${place}/introspects/${at}` })),
    ]
    return named
      .filter(({ name }) => isProbe(name) !== isProbe(tenant))
      .map((each) => {
        const message = `client ${id} of tenant ${tenant} would have tokens for ${each.name}`
        return mixed(each.place, message)
      })
  })
}

function mixed(place: string, message: string): Finding {
  const fix = `use ${PROBE_NAME} for probes alone: tenant, source and audience together`
  return finding('probe.mixed', place, { message, fix })
}

function isProbe(name: string): boolean {
  return name === PROBE_NAME
}

/** The places that an edge with default limits has for the denials of one tenant. */
const PLACES = placesOfTenant(DENIALS_MAX)

/** @internal Limits of revocations that one authority can fill an edge by, until a whole tenant is unverified. */
export function revocationFindings(registry: LintedParts): readonly Finding[] {
  return [...registry.tenants.values()].flatMap((tenant) => {
    const clients = [...registry.clients.values()].filter((each) => each.tenant === tenant.id)
    const counted = clients.map((client) => ({ client, ...aliveOf(registry, tenant, client) }))
    const alone = counted.flatMap(({ client, alive }) =>
      found(`client ${client.id}`, pointer('clients', client.id), client, alive),
    )
    if (alone.length > 0) return alone
    const longestMs = Math.max(0, ...counted.map(({ lifeMs }) => lifeMs))
    const all = counted.reduce((sum, { alive }) => sum + alive, 0)
    const alive = Math.min(all, denialsAlive(rateOf(tenant), longestMs))
    return found(`tenant ${tenant.id}`, pointer('tenants', tenant.id), tenant, alive)
  })
}

function aliveOf(
  { audiences }: Pick<LintedParts, 'audiences'>,
  tenant: Tenant,
  client: Client,
): { readonly lifeMs: number; readonly alive: number } {
  const lifeMs = Math.max(0, ...client.audiences.map((name) => audiences.get(name)?.ttlMs ?? 0))
  const own = client.limits?.revoke ?? CLIENT_LIMITS.revoke
  const both = [own, rateOf(tenant)].map((rate) => denialsAlive(rate, lifeMs))
  return { lifeMs, alive: Math.min(...both) }
}

function rateOf({ limits }: Tenant): typeof TENANT_LIMITS.revoke {
  return limits?.revoke ?? TENANT_LIMITS.revoke
}

function found(
  whose: string,
  place: string,
  { limits }: Pick<Client, 'limits'>,
  alive: number,
): readonly Finding[] {
  if (alive <= PLACES) return []
  const message = `the limits of ${whose} let ${alive} denials of tokens be alive, and an edge has ${PLACES} places for a tenant`
  const fix = 'lower `limits.revoke`, or the `ttl` of the audiences'
  const at = limits?.revoke === undefined ? place : `${place}/limits/revoke`
  return [finding('limit.outruns-edges', at, { message, fix })]
}
