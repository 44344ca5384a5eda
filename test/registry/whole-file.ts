/** A registry file with a value for every possible member. It need not be sound. */
export const wholeFile: unknown = {
  version: 1,
  account: 'hr',
  cutOffs: ['security'],
  guards: { cutOff: '20%' },
  breakGlass: { maxFor: '1h' },
  policySchema: 'policies/schema.cedarschema',
  tenants: {
    acme: {
      limits: { mint: '20 per 1s', revoke: '10 per 1m' },
      identityProviders: [
        {
          issuer: 'https://idp',
          keys: 'keys/idp',
          jwksUri: 'https://idp/keys',
          metadata: 'openid-configuration',
          keysKept: '1h',
          audiences: ['idp-web'],
          azp: ['idp-web'],
          maxLife: '1h',
          idClaim: 'uti',
        },
      ],
    },
  },
  sources: {
    hr: {
      owner: 'people',
      contact: 'people@acme.example',
      keys: 'keys/hr',
      ordering: 'dense',
      versions: 'element',
      assertions: 'bound',
      heartbeat: '1s',
      lease: '5s',
      onBehalfOf: ['partner'],
      maxSweep: '50%',
      maxRemovals: '50 per 10m',
      connect: {
        acme: {
          kind: 'keycloak',
          at: 'https://id.acme.example/realms/acme',
          settle: '3s',
          interval: '1s',
          compare: '10m',
          subject: { iss: 'https://idp.acme.example', sub: '/id' },
          account: true,
          claims: {
            groups: { each: '/groups/*/name', strip: 'team-', values: { a: 'b' }, others: 'drop' },
          },
          options: { clients: 'app' },
        },
      },
    },
  },
  claims: {
    groups: {
      source: 'hr',
      owner: 'iam',
      description: 'What hr says.',
      kind: 'authoritative',
      shape: 'set',
      polarity: 'grant',
      class: 'reduce',
      maxTtl: '10m',
      maxBytes: 2_048,
      onUnverified: 'deny',
      onMissing: 'refuse',
      onOver: 'refuse',
      delegation: 'intersect',
      publish: false,
      from: ['parents'],
      values: ['a'],
      pattern: '[a-z]',
      corroborates: 'iga',
      partners: [{ name: 'partner', prefix: 'p/' }],
    },
  },
  audiences: {
    payments: {
      claims: ['groups'],
      scopes: { 'payments:approve': { require: { groups: ['x'] } } },
      ttl: '5m',
      maxBytes: 4_096,
      routes: {
        'POST /a': {
          require: { groups: ['x'] },
          risk: 'normal',
          enforce: 'observe until 2026-12-24',
          policies: ['policies/a.cedar'],
          ignores: ['groups'],
        },
      },
    },
  },
  clients: {
    web: {
      tenant: 'acme',
      secretHash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
      keys: 'keys/web',
      subject: { iss: 'https://idp', sub: 'job' },
      presents: ['idp-web'],
      audiences: ['payments'],
      scopes: ['payments:approve'],
      limits: { mint: '10 per 1s', revoke: '5 per 1m' },
      introspects: ['payments'],
      edges: ['payments-*'],
    },
  },
  issuers: {
    sts: {
      issuer: 'https://sts',
      tenant: 'acme',
      keys: 'keys/sts',
      jwksUri: 'https://sts/jwks.json',
      metadata: 'openid-configuration',
      keysKept: '1h',
      audiences: ['payments'],
      claims: { groups: 'roles' },
      subjects: { iss: 'https://idp', sub: 'sub', pattern: '[a-z]+' },
      margin: '5s',
      maxTtl: '5m',
      rfc9068: true,
      issuances: 'hr',
    },
  },
  slo: { reduce: { objective: '99.9%', within: '2s', window: '28d' } },
}

/** Returns the values at a path, in which `*` is any name. */
export function valuesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  const [step, ...rest] = path
  if (step === undefined) return value === undefined ? [] : [value]
  const names = step === '*' ? Object.keys(Object(value)) : [step]
  return names.flatMap((name) => valuesAt(Object(value)[name], rest))
}

/** Returns the file with another value at the path. */
export function withValue(value: unknown, path: readonly string[], other: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return other
  const name = step === '*' ? (Object.keys(Object(value))[0] ?? '') : step
  const changed = withValue(Object(value)[name], rest, other)
  if (Array.isArray(value)) return value.with(Number(name), changed)
  return { ...Object(value), [name]: changed }
}

/** Returns values that can replace a value; the reader accepts some of them. */
export function otherValues(value: unknown): readonly unknown[] {
  if (typeof value === 'boolean') return [!value]
  if (typeof value === 'number') return [value + 1]
  if (Array.isArray(value)) return [[...value, 'b'], [{ name: 'other', prefix: 'o/' }]]
  return [
    '7s',
    '7%',
    '7 per 7s',
    'observe until 2027-01-01',
    '07DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
    'monotonic',
    'feed',
    'any',
    'descriptive',
    'scalar',
    'restrict',
    'strip',
    'omit',
    'subject',
    'high',
    'oauth-authorization-server',
    'file',
    '/other',
    'keep',
    'other',
  ]
}
