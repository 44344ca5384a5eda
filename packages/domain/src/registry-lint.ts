import { escaped, pointer, type Finding } from './registry-finding.ts'
import { clientFindings } from './registry-lint-clients.ts'
import type { Audience, Claim, Registry, Route } from './registry.ts'

/**
 * All findings of a registry, in the order of the file's parts; empty when it is sound. A service
 * must not start with a registry that has any.
 */
export function lintRegistry(registry: Registry): readonly Finding[] {
  return [
    ...speakers(registry),
    ...sources(registry),
    ...[...registry.claims.values()].flatMap((claim) => claimFindings(registry, claim)),
    ...[...registry.audiences.values()].flatMap((each) => audienceFindings(registry, each)),
    ...clientFindings(registry),
  ]
}

function speakers(registry: Registry): readonly Finding[] {
  return [
    ...unknownSource(registry, registry.account, '/account'),
    ...registry.cutOffs.flatMap((id, at) => unknownSource(registry, id, `/cutOffs/${at}`)),
  ]
}

function unknownSource(registry: Registry, id: string, place: string): readonly Finding[] {
  if (registry.sources.has(id)) return []
  return [
    {
      code: 'source.unknown',
      place,
      message: `no source is called ${id}`,
      fix: `declare ${id} under sources, or name one that is`,
    },
  ]
}

function sources(registry: Registry): readonly Finding[] {
  return [...registry.sources.values()].flatMap(({ id, owner, heartbeatMs, leaseMs }) => [
    ...missingOwner(owner, `source ${id}`, `${pointer('sources', id)}/owner`),
    ...(heartbeatMs < leaseMs
      ? []
      : [
          {
            code: 'source.heartbeat-slower-than-lease' as const,
            place: `${pointer('sources', id)}/heartbeat`,
            message: `source ${id} would be silent beyond its lease between two heartbeats`,
            fix: 'make heartbeat a fraction of lease',
          },
        ]),
  ])
}

function missingOwner(owner: string, what: string, place: string): readonly Finding[] {
  if (owner.trim() !== '') return []
  return [
    {
      code: 'owner.missing',
      place,
      message: `${what} has no owner`,
      fix: 'name the team that answers for it',
    },
  ]
}

function claimFindings(registry: Registry, claim: Claim): readonly Finding[] {
  const place = pointer('claims', claim.name)
  return [
    ...unknownSource(registry, claim.source, `${place}/source`),
    ...missingOwner(claim.owner, `claim ${claim.name}`, `${place}/owner`),
    ...withoutObjective(registry, claim, place),
    ...stripsRestriction(claim, place),
    ...claim.from.flatMap((name, i) => unknownClaim(registry, name, `${place}/from/${i}`)),
    ...cycle(registry, claim, place),
  ]
}

function withoutObjective(registry: Registry, claim: Claim, place: string): readonly Finding[] {
  if (registry.slo.has(claim.class)) return []
  return [
    {
      code: 'class.no-objective',
      place: `${place}/class`,
      message: `claim ${claim.name} is of class ${claim.class}, which has no objective`,
      fix: `declare ${claim.class} under slo, or name a class that is`,
    },
  ]
}

/** Leaving a restriction out would allow more (rule 24). */
function stripsRestriction(claim: Claim, place: string): readonly Finding[] {
  if (claim.polarity === 'grant' || claim.onUnverified !== 'strip') return []
  return [
    {
      code: 'claim.strips-a-restriction',
      place: `${place}/onUnverified`,
      message: `claim ${claim.name} restricts, so stripping it would allow more`,
      fix: 'use deny or validate',
    },
  ]
}

function unknownClaim(registry: Registry, name: string, place: string): readonly Finding[] {
  if (registry.claims.has(name)) return []
  return [
    {
      code: 'claim.unknown',
      place,
      message: `no claim is called ${name}`,
      fix: `declare ${name} under claims, or leave it out`,
    },
  ]
}

function cycle(registry: Registry, claim: Claim, place: string): readonly Finding[] {
  if (!ancestors(registry, claim.name).has(claim.name)) return []
  return [
    {
      code: 'claim.from-cycle',
      place: `${place}/from`,
      message: `claim ${claim.name} is derived from itself`,
      fix: 'break the circle of from',
    },
  ]
}

function ancestors(registry: Registry, name: string): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [name]
  for (let claim = open.pop(); claim !== undefined; claim = open.pop()) {
    for (const parent of registry.claims.get(claim)?.from ?? []) {
      if (!found.has(parent)) open.push(parent)
      found.add(parent)
    }
  }
  return found
}

function audienceFindings(registry: Registry, audience: Audience): readonly Finding[] {
  const place = pointer('audiences', audience.name)
  return [
    ...audience.claims.flatMap((name, i) => [
      ...unknownClaim(registry, name, `${place}/claims/${i}`),
      ...tooLong(registry.claims.get(name), audience, place),
      ...withoutOrigin(registry, name, audience, `${place}/claims/${i}`),
    ]),
    ...[...audience.routes].flatMap(([name, route]) =>
      routeFindings(registry, audience, route, `${place}/routes/${escaped(name)}`),
    ),
  ]
}

function tooLong(claim: Claim | undefined, audience: Audience, place: string): readonly Finding[] {
  if (claim === undefined || audience.ttlMs <= claim.maxTtlMs) return []
  return [
    {
      code: 'ttl.above-maximum',
      place: `${place}/ttl`,
      message: `tokens for ${audience.name} live longer than claim ${claim.name} allows`,
      fix: `use at most ${claim.maxTtlMs / 1000}s, or leave ${claim.name} out`,
    },
  ]
}

/** Tokens show which values of a claim they have, so whose withdrawal concerns them (rule 24). */
function withoutOrigin(
  registry: Registry,
  name: string,
  audience: Audience,
  place: string,
): readonly Finding[] {
  const missing = [...ancestors(registry, name)].filter(
    (origin) => registry.claims.has(origin) && !audience.claims.includes(origin),
  )
  return missing.map((origin) => ({
    code: 'claim.without-origin',
    place,
    message: `tokens for ${audience.name} carry ${name} without ${origin}, which it is derived from`,
    fix: `add ${origin} to the claims of ${audience.name}, or leave ${name} out`,
  }))
}

function routeFindings(
  registry: Registry,
  audience: Audience,
  route: Route,
  place: string,
): readonly Finding[] {
  return [...route.require.keys()].flatMap((name) => {
    const required = `${place}/require/${escaped(name)}`
    return [
      ...notCarried(audience, name, required),
      ...descriptiveGrant(registry.claims.get(name), required),
    ]
  })
}

function notCarried(audience: Audience, name: string, place: string): readonly Finding[] {
  if (audience.claims.includes(name)) return []
  return [
    {
      code: 'grant.not-carried',
      place,
      message: `tokens for ${audience.name} do not carry ${name}, so nobody could pass`,
      fix: `add ${name} to the claims of ${audience.name}, or require another claim`,
    },
  ]
}

function descriptiveGrant(claim: Claim | undefined, place: string): readonly Finding[] {
  if (claim?.kind !== 'descriptive') return []
  return [
    {
      code: 'grant.descriptive',
      place,
      message: `claim ${claim.name} is descriptive and cannot be required`,
      fix: 'require an authoritative claim',
    },
  ]
}
