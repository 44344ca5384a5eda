import {
  type Audience,
  type Claim,
  type Client,
  type ForeignIssuer,
  type IdentityProvider,
  type IssuerMetadata,
  type PublishedAt,
  type Registry,
  type Route,
  type Source,
  type SourceConnection,
  FreshetError,
} from '@freshet/protocol'
import { observedUntilMs } from '@freshet/wire'
import { errorsIn, type Finding } from '../lint/finding.ts'
import { lintReadable, lintRegistry } from '../lint/lint-registry.ts'
import type { LintTerms } from '../lint/readable-registry.ts'
import type {
  AudienceEntry,
  ClaimEntry,
  ConnectionEntry,
  IdentityProviderEntry,
  IssuerEntry,
  LimitsEntry,
  RegistryFile,
  RouteEntry,
  SourceEntry,
} from '../schema/registry-entries.ts'
import { registrySchema } from '../schema/registry-schema.ts'
import { formFindings } from './form-findings.ts'
import { readableFile } from './readable-file.ts'
import { durationMs, rateOf, removalLimitOf, shareOf } from './registry-values.ts'

/** The result of linting a registry file. */
export interface LintedRegistry {
  readonly findings: readonly Finding[]
  /** `undefined` if its form is wrong somewhere. */
  readonly registry: Registry | undefined
}

/**
 * Returns all faults of a registry file that YAML or JSON was parsed from already. They are faults of its
 * form, and of its content as far as it can be read. So one bad line hides nothing about the others.
 * {@link keySetFindings} checks key files.
 */
export function lintRegistryFile(file: unknown, terms: LintTerms = {}): LintedRegistry {
  const result = registrySchema.safeParse(file)
  if (result.success) {
    const registry = registryOf(result.data)
    return { findings: lintRegistry(registry, terms), registry }
  }
  const { issues } = result.error
  const form = formFindings(issues, file)
  if (typeof file !== 'object' || file === null || Array.isArray(file))
    return { findings: form, registry: undefined }
  const { value, declared, hasAccount } = readableFile(file as Record<string, unknown>, issues)
  const registry = registryOf(registrySchema.parse(value))
  const account = hasAccount ? registry.account : undefined
  const meant = lintReadable({ ...registry, account, declared }, terms)
  return { findings: [...form, ...meant], registry: undefined }
}

/**
 * Reads a registry file that YAML was parsed from already. `place` names the file in messages. An unknown
 * member is an error. {@link lintRegistryFile} checks whether the registry is sound.
 *
 * @throws `registry.invalid` naming every place
 */
export function parseRegistry(file: unknown, place: string): Registry {
  const result = registrySchema.safeParse(file)
  if (result.success) return registryOf(result.data)
  throw unsound(formFindings(result.error.issues, file), place)
}

/** @throws `registry.invalid` if there is an error among the findings, naming each */
export function refuseErrors(findings: readonly Finding[], place: string): void {
  const errors = errorsIn(findings)
  if (errors.length > 0) throw unsound(errors, place)
}

function unsound(findings: readonly Finding[], place: string): RegistryError {
  return new RegistryError(findings, (found) => `${place}#${found.place}`)
}

function registryOf(file: RegistryFile): Registry {
  const { version, account, cutOffs, policySchema, breakGlass, guards } = file
  return {
    version,
    account,
    cutOffs,
    ...(guards === undefined ? {} : { cutOffShare: shareOf(guards.cutOff) }),
    ...(breakGlass === undefined ? {} : { breakGlassMaxMs: durationMs(breakGlass.maxFor) }),
    tenants: mapOf(file.tenants, ({ identityProviders, ...same }, id) => ({
      id,
      ...withLimits(same),
      identityProviders: identityProviders.map(providerOf),
    })),
    sources: mapOf(file.sources, sourceOf),
    claims: mapOf(file.claims, claimOf),
    audiences: mapOf(file.audiences, audienceOf),
    clients: mapOf(file.clients, (client, id) => ({ id, ...withLimits(client) })),
    issuers: mapOf(file.issuers, issuerOf),
    slo: mapOf(file.slo, ({ objective, within, window }) => ({
      objective: shareOf(objective),
      withinMs: durationMs(within),
      windowMs: durationMs(window),
    })),
    ...(policySchema === undefined ? {} : { policySchema }),
  }
}

function mapOf<T, U>(
  record: Readonly<Record<string, T>>,
  of: (value: T, name: string) => U,
): ReadonlyMap<string, U> {
  return new Map(Object.entries(record).map(([name, value]) => [name, of(value, name)]))
}

/** Returns a client or a tenant with its limits parsed. */
function withLimits<T extends { readonly limits?: LimitsEntry }>({
  limits,
  ...same
}: T): Omit<T, 'limits'> & Pick<Client, 'limits'> {
  if (limits === undefined) return same
  const { mint, revoke } = limits
  return {
    ...same,
    limits: {
      ...(mint === undefined ? {} : { mint: rateOf(mint) }),
      ...(revoke === undefined ? {} : { revoke: rateOf(revoke) }),
    },
  }
}

function sourceOf(file: SourceEntry, id: string): Source {
  const { heartbeat, lease, maxSweep, maxRemovals, connect, ...same } = file
  const removals = maxRemovals === undefined ? {} : { removalLimit: removalLimitOf(maxRemovals) }
  const snapshotRemovalShare =
    maxSweep === undefined ? {} : { snapshotRemovalShare: shareOf(maxSweep) }
  const times = { heartbeatMs: durationMs(heartbeat), leaseMs: durationMs(lease) }
  const connections = connect === undefined ? {} : { connections: mapOf(connect, connectionOf) }
  return { id, ...same, ...times, ...snapshotRemovalShare, ...removals, ...connections }
}

function connectionOf(file: ConnectionEntry, tenant: string): SourceConnection {
  const { settle, interval, compare, claims, options, ...same } = file
  return {
    ...same,
    tenant,
    settleMs: durationMs(settle),
    intervalMs: durationMs(interval),
    compareMs: durationMs(compare),
    claims: mapOf(claims, ({ values, ...how }) => ({
      ...how,
      ...(values !== undefined && { values: mapOf(values, (value) => value) }),
    })),
    options: mapOf(options, (option) => option),
  }
}

function claimOf(file: ClaimEntry, name: string): Claim {
  const { maxTtl, ...same } = file
  return { name, ...same, maxTtlMs: durationMs(maxTtl) }
}

function issuerOf(file: IssuerEntry, name: string): ForeignIssuer {
  const { margin, maxTtl, claims, jwksUri, metadata, keysKept, ...same } = file
  const times = { marginMs: durationMs(margin), maxTtlMs: durationMs(maxTtl) }
  const published = publishedAt({ jwksUri, metadata, keysKept })
  return {
    name,
    ...same,
    ...times,
    claims: mapOf(claims, (theirs) => theirs),
    ...published,
  }
}

function providerOf(file: IdentityProviderEntry): IdentityProvider {
  const { jwksUri, metadata, keysKept, maxLife, ...same } = file
  const life = maxLife === undefined ? {} : { maxLifeMs: durationMs(maxLife) }
  return { ...same, ...publishedAt({ jwksUri, metadata, keysKept }), ...life }
}

interface Published {
  readonly jwksUri: string | undefined
  readonly metadata: IssuerMetadata | undefined
  readonly keysKept: string
}

function publishedAt({ jwksUri, metadata, keysKept }: Published): {
  readonly published?: PublishedAt
} {
  const where = { ...(jwksUri !== undefined && { jwksUri }), ...(metadata && { metadata }) }
  if (Object.keys(where).length === 0) return {}
  return { published: { ...where, keptMs: durationMs(keysKept) } }
}

function audienceOf(file: AudienceEntry, name: string): Audience {
  const { ttl, scopes, routes, ...same } = file
  return {
    name,
    ...same,
    scopes: mapOf(scopes, ({ require }) => ({ require: mapOf(require, (values) => values) })),
    ttlMs: durationMs(ttl),
    routes: mapOf(routes, routeOf),
  }
}

function routeOf({ require, enforce, ...same }: RouteEntry): Route {
  const untilMs = observedUntilMs(enforce)
  const route = { require: mapOf(require, (values) => values), ...same }
  return typeof untilMs === 'number' ? { ...route, observedUntilMs: untilMs } : route
}

/** Findings that a message names at most; the error holds all of them. */
const NAMED_MAX = 50

/** `registry.invalid` with every finding that keeps a registry from being used. */
export class RegistryError<F extends Finding = Finding> extends FreshetError {
  readonly findings: readonly F[]

  /** `nameOf` returns the place of a finding, for people. */
  constructor(findings: readonly F[], nameOf: (found: F) => string) {
    const lines = findings
      .slice(0, NAMED_MAX)
      .map((found) => `${nameOf(found)}: ${found.message} (${found.code})`)
    const more = findings.length - lines.length
    super('registry.invalid', [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'))
    this.name = 'RegistryError'
    this.findings = findings
  }
}
