import { checkPolicies } from '@freshet/cedar'
import type { PolicyDifference } from '@freshet/registry/diff'
import { REGISTRY_BYTES_MAX, type PolicyVersion } from '@freshet/registry'
import { publishVersion, type Published } from '@freshet/registry'
import { requireRole } from '@freshet/runtime'
import { isDryRun, type CutOffDeps } from './cut-offs.ts'

/** Routes of the gateway with a larger limit of their bodies, in bytes. */
export const GATEWAY_BODIES: ReadonlyMap<string, number> = new Map([
  ['POST /v1/registry', REGISTRY_BYTES_MAX],
])

/** The parts that `POST /v1/registry` works with. */
export interface RegistryDeps extends Pick<
  CutOffDeps,
  'versions' | 'adminOf' | 'clock' | 'logger'
> {
  /** The version in force, for the differences of another one. */
  readonly currentVersion: () => PolicyVersion
}

/**
 * Stores a policy version for an admin, and answers its differences. No process uses it before it is
 * activated. With `?dryRun=true` it is not stored.
 *
 * @throws `request.*`, `registry.*`, `event.malformed`, `database.*`
 */
export async function postRegistry(deps: RegistryDeps, request: Request): Promise<Response> {
  const { name: by } = requireRole(await deps.adminOf(request), 'admin')
  const dryRun = isDryRun(request)
  const { versions: store, clock } = deps
  const current = deps.currentVersion()
  const document = new Uint8Array(await request.arrayBuffer())
  const published = await publishVersion(
    document,
    { by, dryRun },
    { store, clock, current, checkPolicies },
  )
  const { registry, hash } = published.version
  if (!dryRun) deps.logger.info({ admin: by, pv: registry.version, hash }, 'version published')
  const body = { ...(dryRun && { dryRun }), ...bodyOf(published, current) }
  return Response.json(body, { status: published.isNew && !dryRun ? 201 : 200 })
}

function bodyOf({ version, isNew, differences }: Published, current: PolicyVersion): object {
  return {
    pv: version.registry.version,
    hash: version.hash,
    isNew,
    against: { pv: current.registry.version, hash: current.hash },
    differences,
    needsMinimum: differences.some(takesAway),
  }
}

function takesAway({ needsMinimum }: PolicyDifference): boolean {
  return needsMinimum
}
