import { FreshetError, type Claim, type Registry, type Source } from '@freshet/domain'

/** The identity provider of the tenant in {@link acmeRegistry}. */
export const ACME_IDP = 'https://idp.acme.example'

/** Published key sets where no identity provider publishes its keys. */
export const NOTHING_PUBLISHED: { readonly of: () => never } = {
  of() {
    throw new FreshetError('keys.unavailable', 'No identity provider of this test publishes keys.')
  },
}

function source(id: string, ordering: Source['ordering'], more: Partial<Source> = {}): Source {
  return {
    id,
    owner: `${id}-team`,
    contact: `${id}@acme.example`,
    keys: `keys/${id}.jwks.json`,
    ordering,
    versions: 'element',
    heartbeatMs: 1_000,
    leaseMs: 5_000,
    onBehalfOf: [],
    ...more,
  }
}

function claim(name: string, of: string, more: Partial<Claim> = {}): Claim {
  return {
    name,
    source: of,
    owner: 'iam',
    description: `What ${of} says.`,
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
 * The example registry in small: tenant `acme`; `hr` is monotonic and owns groups, department
 * and the account; `iga` is dense and owns entitlements; `security` is dense and may cut off.
 */
export function acmeRegistry(more: Partial<Registry> = {}): Registry {
  const sources = [
    source('security', 'dense'),
    source('hr', 'monotonic', { versions: 'feed' }),
    source('iga', 'dense', { leaseMs: 30_000, onBehalfOf: ['partner-idp'] }),
  ]
  const descriptive = { kind: 'descriptive', shape: 'scalar', publish: true } as const
  const claims = [
    claim('groups', 'hr'),
    claim('entitlements', 'iga'),
    claim('department', 'hr', descriptive),
  ]
  return {
    version: 1,
    account: 'hr',
    cutOffs: ['security'],
    tenants: new Map([
      [
        'acme',
        { id: 'acme', identityProviders: [{ issuer: ACME_IDP, keys: 'keys/idp.jwks.json' }] },
      ],
    ]),
    sources: new Map(sources.map((each) => [each.id, each])),
    claims: new Map(claims.map((each) => [each.name, each])),
    audiences: new Map(),
    clients: new Map(),
    slo: new Map(),
    ...more,
  }
}
