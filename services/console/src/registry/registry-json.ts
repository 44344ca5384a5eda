import type { RegistryAnswer, RegistryEntry, VersionAnswer } from '@freshet/insight/answers'
import type { LoadedRegistry } from '@freshet/authority'
import type {
  Audience,
  Claim,
  Client,
  ForeignIssuer,
  Registry,
  Route,
  Source,
} from '@freshet/protocol'
import type { ActivationOrder, PublishedVersion, VersionRecord } from '@freshet/registry'
import { formatRfc3339 } from '@freshet/wire'

/** The authors of a version, as far as they are kept. */
export interface VersionHistory {
  readonly published: Pick<PublishedVersion, 'by' | 'atMs'> | undefined
  readonly ordered: ActivationOrder | undefined
}

/**
 * The whole content of a registry, with the names of its key files; no key, and for a client's secret only
 * the fact that it has one.
 */
export function registryJson(
  { registry, hash }: LoadedRegistry,
  { published, ordered }: VersionHistory,
): Omit<RegistryAnswer, 'apiVersion' | 'findings' | 'versions'> {
  const { version, account, cutOffs, cutOffShare, breakGlassMaxMs, policySchema } = registry
  const { tenants, sources, claims, audiences, clients, issuers = new Map(), slo } = registry
  return {
    version,
    hash,
    published: published === undefined ? null : publishedJson(published),
    ordered: ordered === undefined ? null : orderJson(ordered),
    account,
    cutOffs,
    cutOffShare: cutOffShare ?? null,
    breakGlassMaxMs: breakGlassMaxMs ?? null,
    policySchema: policySchema ?? null,
    tenants: [...tenants.values()].map(({ id, identityProviders, ...tenant }) => ({
      tenant: id,
      ...tenant,
      identityProviders: identityProviders.map((provider) => ({ ...provider })),
    })),
    sources: [...sources.values()].map(sourceJson),
    claims: [...claims.values()].map((claim) => claimJson(claim, registry)),
    audiences: [...audiences.values()].map(audienceJson),
    clients: [...clients.values()].map(clientJson),
    issuers: [...issuers.values()].map(issuerJson),
    slo: [...slo].map(([name, level]) => ({ class: name, ...level })),
  }
}

/** A published version: its author, the admin who activated it, and the reason. */
export function versionJson({
  pv,
  hash,
  published,
  ordered,
}: VersionRecord): RegistryAnswer['versions'][number] {
  return {
    version: pv,
    hash,
    published: publishedJson(published),
    ordered: ordered === null ? null : orderJson(ordered),
  }
}

function sourceJson({ id, ...source }: Source): RegistryAnswer['sources'][number] {
  return { source: id, ...source }
}

function claimJson(
  { name, ...claim }: Claim,
  { audiences }: Registry,
): RegistryAnswer['claims'][number] {
  const carrying = [...audiences.values()].filter(({ claims }) => claims.includes(name))
  return { claim: name, ...claim, audiences: carrying.map((audience) => audience.name) }
}

function audienceJson({
  name,
  routes,
  scopes = new Map(),
  ...audience
}: Audience): RegistryAnswer['audiences'][number] {
  return {
    audience: name,
    ...audience,
    scopes: [...scopes].map(([scope, { require }]) => ({
      scope,
      require: Object.fromEntries(require),
    })),
    routes: [...routes].map(routeJson),
  }
}

function routeJson([name, { require, observedUntilMs, ...route }]: readonly [
  string,
  Route,
]): RegistryAnswer['audiences'][number]['routes'][number] {
  const until = observedUntilMs === undefined ? null : formatRfc3339(observedUntilMs)
  return { route: name, ...route, require: Object.fromEntries(require), observedUntil: until }
}

function clientJson({ id, secretHash, ...client }: Client): RegistryEntry {
  return { client: id, hasSecret: secretHash !== undefined, ...client }
}

function issuerJson({
  name,
  issuer,
  claims,
  publicKeys = [],
  ...rest
}: ForeignIssuer): RegistryEntry {
  const keyIds = publicKeys.map(({ kid }) => kid)
  return { issuer: name, iss: issuer, ...rest, claims: Object.fromEntries(claims), keyIds }
}

function publishedJson({
  by,
  atMs,
}: VersionRecord['published']): NonNullable<VersionAnswer['published']> {
  return { by, at: formatRfc3339(atMs) }
}

function orderJson({
  by,
  reason,
  minimum,
  atMs,
}: Omit<ActivationOrder, 'pv'>): NonNullable<VersionAnswer['ordered']> {
  return { by, reason, minimum, at: formatRfc3339(atMs) }
}
