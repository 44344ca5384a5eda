import {
  answerForms as forms,
  type RegistryAnswer,
  type RegistryEntry,
  type VersionAnswer,
} from '@freshet/insight/answers'
import type { LoadedRegistry } from '@freshet/authority'
import {
  connectionJson,
  FreshetError,
  type Audience,
  type Claim,
  type Client,
  type ForeignIssuer,
  type Registry,
  type Route,
  type Source,
} from '@freshet/protocol'
import {
  diffVersions,
  readRegistryDocument,
  type ActivationOrder,
  type PolicyVersion,
  type PublishedVersion,
  type VersionRecord,
} from '@freshet/registry'
import { lintRegistry } from '@freshet/registry/lint'
import { USAGE_DAYS_MAX } from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'
import type { Hono } from 'hono'
import * as z from 'zod'
import type { ConsoleParts } from '../console-parts.ts'
import { addView } from '../view.ts'

/** The number of latest versions in an answer. */
const VERSIONS_MAX = 50
/** The number of outstanding tokens that are counted; with more, the answer is marked as incomplete. */
const TOKENS_MAX = 1_000_000
/** The window of a service level. */
export const USAGE_DAYS = 28

const versionText = z.coerce.number().int().min(1)

/** The two versions that are compared. */
export const registryDiffQuery = z.strictObject({ from: versionText, to: versionText })

type DiffParts = { readonly history: Pick<ConsoleParts['history'], 'find'> }

/**
 * The whole active registry, the author of each version, and the number of tokens that each part concerns.
 */
export function addRegistryRoutes(app: Hono, parts: ConsoleParts): void {
  addRegistryDiffRoute(app, parts)
  addRegistryDocumentRoute(app, parts)
  const { observatory, evidence, reader, loaded, history, judging, slos } = parts
  addView(app, '/v1/registry', forms.Registry, async () => {
    const policy = loaded()
    const versions = await history.latest(VERSIONS_MAX)
    const { version: pv } = policy.registry
    const [published, ordered] = await Promise.all([history.find(pv), history.ordered(pv)])
    const isThis = published?.hash === policy.hash
    return {
      ...registryJson(policy, { published: isThis ? published : undefined, ordered }),
      findings: lintRegistry(policy.registry, {
        nowMs: judging.clock.nowMs(),
        // A file without an objective is the choice to measure nothing.
        ...(slos.length > 0 && { slos }),
      }),
      versions: versions.map(versionJson),
    }
  })
  addView(app, '/v1/registry/usage', forms.Usage, (c) => {
    const days = readDays(c.req.query('days'))
    return observatory.usage(loaded().registry, days)
  })
  addView(app, '/v1/registry/outstanding', forms.Outstanding, async () => {
    const atMs = judging.clock.nowMs()
    const { partitions } = await observatory.pipeline(loaded().registry, reader)
    const minimumPv = Math.max(0, ...partitions.map((each) => each.minimumPv))
    const found = await evidence.outstanding({ atMs, minimumPv }, TOKENS_MAX)
    return { at: formatRfc3339(atMs), ...found }
  })
}

function readDays(text: string | undefined): number {
  if (text === undefined) return USAGE_DAYS
  const days = /^[1-9]\d?$/.test(text) ? Number(text) : Number.NaN
  if (days <= USAGE_DAYS_MAX) return days
  throw new FreshetError('request.malformed', `days is a whole number from 1 to ${USAGE_DAYS_MAX}.`)
}

/** Adds the differences of two published versions. */
export function addRegistryDiffRoute(app: Hono, { history }: DiffParts): void {
  addView(app, '/v1/registry/diff', forms.RegistryDiff, async (c) => {
    const read = registryDiffQuery.safeParse(c.req.query())
    if (!read.success) {
      const message = 'from and to are the numbers of two versions.'
      throw new FreshetError('request.malformed', message, { cause: read.error })
    }
    const { from, to } = read.data
    const [before, after] = await Promise.all([versionOf(history, from), versionOf(history, to)])
    return { from, to, differences: diffVersions(before, after) }
  })
}

async function versionOf(history: DiffParts['history'], pv: number): Promise<PolicyVersion> {
  const found = await history.find(pv)
  if (found === undefined)
    throw new FreshetError('request.not-found', `No version ${pv} of the registry is published.`)
  return readRegistryDocument(found.document)
}

/** The authors of a version, as far as they are kept. */
interface VersionHistory {
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
function versionJson({
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

function sourceJson({ id, connections, ...source }: Source): RegistryAnswer['sources'][number] {
  const upstream = [...(connections ?? [])].map(([tenant, each]) => [tenant, connectionJson(each)])
  const connect = connections === undefined ? {} : { connect: Object.fromEntries(upstream) }
  return { source: id, ...source, ...connect }
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

/** The document of a policy version, as readers get it. */
interface ShownDocument {
  readonly document: Readonly<Record<string, unknown>>
  /** JSON pointers of the members that are left out. */
  readonly hidden: readonly string[]
}

/** Members that no reader gets: the hash of a secret lets its holder test guesses without a limit. */
const HIDDEN: ReadonlySet<string> = new Set(['secretHash'])

/** Returns the document of a version without the hashes of secrets. Its key sets have public keys alone. */
function shownDocument(text: string): ShownDocument {
  const hidden: string[] = []
  const document = shown(JSON.parse(text), '', hidden) as ShownDocument['document']
  return { document, hidden }
}

function shown(value: unknown, place: string, hidden: string[]): unknown {
  if (Array.isArray(value)) return value.map((each, at) => shown(each, `${place}/${at}`, hidden))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).flatMap(([name, member]) => {
    const at = `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (!HIDDEN.has(name)) return [[name, shown(member, at, hidden)] as const]
    hidden.push(at)
    return []
  })
  return Object.fromEntries(members)
}

/** The version that is asked for; without it, the one in force. */
export const registryDocumentQuery = z.strictObject({
  version: z.coerce.number().int().min(1).exactOptional(),
})

/** The parts that the route answers from. */
interface DocumentParts extends Pick<ConsoleParts, 'loaded'> {
  readonly history: Pick<ConsoleParts['history'], 'find'>
}

/** Adds the file of a version, as it was published, without the hashes of secrets. */
export function addRegistryDocumentRoute(app: Hono, { history, loaded }: DocumentParts): void {
  addView(app, '/v1/registry/document', forms.PublishedRegistry, async (c) => {
    const read = registryDocumentQuery.safeParse(c.req.query())
    if (!read.success) {
      const message = 'version is the number of a published version.'
      throw new FreshetError('request.malformed', message, { cause: read.error })
    }
    const { version = loaded().registry.version } = read.data
    const found = await history.find(version)
    if (found === undefined)
      throw new FreshetError(
        'request.not-found',
        `No version ${version} of the registry is published.`,
      )
    const { hash, document } = found
    return { version, hash, ...shownDocument(document) }
  })
}
