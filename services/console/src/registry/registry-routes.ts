import type {
  OutstandingAnswer,
  RegistryAnswer,
  RegistryDiffAnswer,
  UsageAnswer,
} from '@freshet/insight/answers'
import { FreshetError } from '@freshet/protocol'
import { diffVersions, readRegistryDocument, type PolicyVersion } from '@freshet/registry'
import { lintRegistry } from '@freshet/registry/lint'
import { USAGE_DAYS_MAX } from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'
import type { Hono } from 'hono'
import * as z from 'zod'
import { API_VERSION, type ConsoleParts } from '../console-parts.ts'
import { addRegistryDocumentRoute } from './document-route.ts'
import { registryJson, versionJson } from './registry-json.ts'

/** The number of latest versions in an answer. */
const VERSIONS_MAX = 50
/** The number of outstanding tokens that are counted; with more, the answer is marked as incomplete. */
const TOKENS_MAX = 1_000_000
/** The window of a service level. */
export const USAGE_DAYS = 28

const version = z.coerce.number().int().min(1)

/** The two versions that are compared. */
export const registryDiffQuery = z.strictObject({ from: version, to: version })

type DiffParts = { readonly history: Pick<ConsoleParts['history'], 'find'> }

/**
 * The whole active registry, the author of each version, and the number of tokens that each part concerns.
 */
export function addRegistryRoutes(app: Hono, parts: ConsoleParts): void {
  addRegistryDiffRoute(app, parts)
  addRegistryDocumentRoute(app, parts)
  const { observatory, evidence, reader, loaded, history, judging, slos } = parts
  app.get('/v1/registry', async (c) => {
    const policy = loaded()
    const versions = await history.latest(VERSIONS_MAX)
    const { version: pv } = policy.registry
    const [published, ordered] = await Promise.all([history.find(pv), history.ordered(pv)])
    const isThis = published?.hash === policy.hash
    return c.json({
      apiVersion: API_VERSION,
      ...registryJson(policy, { published: isThis ? published : undefined, ordered }),
      findings: lintRegistry(policy.registry, {
        nowMs: judging.clock.nowMs(),
        // A file without an objective is the choice to measure nothing.
        ...(slos.length > 0 && { slos }),
      }),
      versions: versions.map(versionJson),
    } satisfies RegistryAnswer)
  })
  app.get('/v1/registry/usage', async (c) => {
    const days = readDays(c.req.query('days'))
    const usage = await observatory.usage(loaded().registry, days)
    return c.json({ apiVersion: API_VERSION, ...usage } satisfies UsageAnswer)
  })
  app.get('/v1/registry/outstanding', async (c) => {
    const atMs = judging.clock.nowMs()
    const { partitions } = await observatory.pipeline(loaded().registry, reader)
    const minimumPv = Math.max(0, ...partitions.map((each) => each.minimumPv))
    const found = await evidence.outstanding({ atMs, minimumPv }, TOKENS_MAX)
    const answer = { apiVersion: API_VERSION, at: formatRfc3339(atMs), ...found }
    return c.json(answer satisfies OutstandingAnswer)
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
  app.get('/v1/registry/diff', async (c) => {
    const read = registryDiffQuery.safeParse(c.req.query())
    if (!read.success) {
      const message = 'from and to are the numbers of two versions.'
      throw new FreshetError('request.malformed', message, { cause: read.error })
    }
    const { from, to } = read.data
    const [before, after] = await Promise.all([versionOf(history, from), versionOf(history, to)])
    const differences = diffVersions(before, after)
    return c.json({ apiVersion: API_VERSION, from, to, differences } satisfies RegistryDiffAnswer)
  })
}

async function versionOf(history: DiffParts['history'], pv: number): Promise<PolicyVersion> {
  const found = await history.find(pv)
  if (found === undefined)
    throw new FreshetError('request.not-found', `No version ${pv} of the registry is published.`)
  return readRegistryDocument(found.document)
}
