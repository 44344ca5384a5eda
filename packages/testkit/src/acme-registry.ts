import { FreshetError, type Claim, type Registry, type Source } from '@freshet/protocol'

/** The identity provider of the tenant in {@link acmeRegistry}. */
export const ACME_IDP = 'https://idp.acme.example'

/** Published key sets where no identity provider publishes its keys. */
export const NOTHING_PUBLISHED: { readonly of: () => never } = {
  of() {
    throw new FreshetError('keys.unavailable', 'No identity provider of this test publishes keys.')
  },
}

/** Creates a monotonic source with a lease of 5 s. Members of `more` replace the others. */
export function exampleSource(id: string, more: Partial<Source> = {}): Source {
  return {
    id,
    owner: `${id}-team`,
    contact: `${id}@acme.example`,
    keys: `keys/${id}.jwks.json`,
    ordering: 'monotonic',
    versions: 'element',
    heartbeatMs: 1_000,
    leaseMs: 5_000,
    onBehalfOf: [],
    ...more,
  }
}

/** Creates an authoritative set of this source that grants. Members of `more` replace the others. */
export function exampleClaim(name: string, source: string, more: Partial<Claim> = {}): Claim {
  return {
    name,
    source,
    owner: 'iam',
    description: `What ${source} says.`,
    kind: 'authoritative',
    shape: 'set',
    polarity: 'grant',
    class: 'reduce',
    maxTtlMs: 600_000,
    onUnverified: 'deny',
    publish: false,
    from: [],
    ...more,
  }
}

/**
 * Creates a registry of these sources and claims whose account source is `hr`. It has no tenants, audiences or clients.
 * Members of `more` replace the others.
 */
export function exampleRegistry(
  sources: readonly Source[],
  claims: readonly Claim[],
  more: Partial<Registry> = {},
): Registry {
  return {
    version: 1,
    account: 'hr',
    cutOffs: [],
    tenants: new Map(),
    sources: new Map(sources.map((each) => [each.id, each])),
    claims: new Map(claims.map((each) => [each.name, each])),
    audiences: new Map(),
    clients: new Map(),
    slo: new Map(),
    ...more,
  }
}

/**
 * The example registry in small: tenant `acme`; `hr` is monotonic and owns groups, department
 * and the account; `iga` is dense and owns entitlements; `security` is dense and may cut off.
 */
export function acmeRegistry(more: Partial<Registry> = {}): Registry {
  const sources = [
    exampleSource('security', { ordering: 'dense' }),
    exampleSource('hr', { versions: 'feed' }),
    exampleSource('iga', { ordering: 'dense', leaseMs: 30_000, onBehalfOf: ['partner-idp'] }),
  ]
  const descriptive = { kind: 'descriptive', shape: 'scalar', publish: true } as const
  const claims = [
    exampleClaim('groups', 'hr'),
    exampleClaim('entitlements', 'iga'),
    exampleClaim('department', 'hr', descriptive),
  ]
  const identityProviders = [{ issuer: ACME_IDP, keys: 'keys/idp.jwks.json' }]
  const tenants = new Map([['acme', { id: 'acme', identityProviders }]])
  return exampleRegistry(sources, claims, { cutOffs: ['security'], tenants, ...more })
}
