import {
  FreshetError,
  type Audience,
  type Claim,
  type Registry,
  type Source,
} from '@freshet/domain'
import { pointerOf } from './json-pointer.ts'
import {
  durationMs,
  registrySchema,
  shareOf,
  type AudienceEntry,
  type ClaimEntry,
  type RegistryFile,
  type SourceEntry,
} from './registry-schema.ts'

/**
 * Reads a registry file that YAML was parsed from already. `place` names the file in messages.
 * Members that it does not know are errors. Whether the registry is sound is for
 * {@link lintRegistry} to say.
 *
 * @throws `registry.invalid` naming every place
 */
export function parseRegistry(value: unknown, place: string): Registry {
  const result = registrySchema.safeParse(value)
  if (!result.success) {
    const problems = result.error.issues.map(
      ({ path, message }) => `${place}#${pointerOf(path)}: ${message}`,
    )
    throw new FreshetError('registry.invalid', problems.join('\n'))
  }
  return registryOf(result.data)
}

function registryOf(file: RegistryFile): Registry {
  const { version, account, cutOffs } = file
  return {
    version,
    account,
    cutOffs,
    tenants: mapOf(file.tenants, (tenant, id) => ({ id, ...tenant })),
    sources: mapOf(file.sources, sourceOf),
    claims: mapOf(file.claims, claimOf),
    audiences: mapOf(file.audiences, audienceOf),
    clients: mapOf(file.clients, (client, id) => ({ id, ...client })),
    slo: mapOf(file.slo, ({ objective, within, window }) => ({
      objective: shareOf(objective),
      withinMs: durationMs(within),
      windowMs: durationMs(window),
    })),
  }
}

function mapOf<T, U>(
  record: Readonly<Record<string, T>>,
  of: (value: T, name: string) => U,
): ReadonlyMap<string, U> {
  return new Map(Object.entries(record).map(([name, value]) => [name, of(value, name)]))
}

function sourceOf(file: SourceEntry, id: string): Source {
  const { heartbeat, lease, ...same } = file
  return { id, ...same, heartbeatMs: durationMs(heartbeat), leaseMs: durationMs(lease) }
}

function claimOf(file: ClaimEntry, name: string): Claim {
  const { maxTtl, ...same } = file
  return { name, ...same, maxTtlMs: durationMs(maxTtl) }
}

function audienceOf(file: AudienceEntry, name: string): Audience {
  const { claims, ttl, routes } = file
  return {
    name,
    claims,
    ttlMs: durationMs(ttl),
    routes: mapOf(routes, ({ require, risk }) => ({
      require: mapOf(require, (values) => values),
      risk,
    })),
  }
}
