import type { Hono } from 'hono'
import { API_VERSION, type ConsoleParts } from './console-parts.ts'
import { registryJson, versionJson } from './registry-json.ts'
import { rfc3339 } from './wire.ts'

/** Versions that are told of, the latest ones. */
const VERSIONS_MAX = 50
/** Outstanding tokens that are counted; with more the answer says that it is not complete. */
const TOKENS_MAX = 1_000_000

/** The active registry with all that it says, who brought each version, and how many tokens each part concerns. */
export function addRegistryRoutes(app: Hono, parts: ConsoleParts): void {
  const { observatory, evidence, reader, loaded, history, judging } = parts
  app.get('/v1/registry', async (c) => {
    const policy = loaded()
    const versions = await history.latest(VERSIONS_MAX)
    const { version: pv } = policy.registry
    const [published, ordered] = await Promise.all([history.find(pv), history.ordered(pv)])
    const isThis = published?.hash === policy.hash
    return c.json({
      apiVersion: API_VERSION,
      ...registryJson(policy, { published: isThis ? published : undefined, ordered }),
      versions: versions.map(versionJson),
    })
  })
  app.get('/v1/registry/outstanding', async (c) => {
    const atMs = judging.clock.nowMs()
    const { partitions } = await observatory.pipeline(loaded().registry, reader)
    const minimumPv = Math.max(0, ...partitions.map((each) => each.minimumPv))
    const found = await evidence.outstanding({ atMs, minimumPv }, TOKENS_MAX)
    return c.json({ apiVersion: API_VERSION, at: rfc3339(atMs), ...found })
  })
}
