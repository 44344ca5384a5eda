import type { Registry } from '@freshet/protocol'

/** A type with a value for every member, also for optional ones: the compiler requires each. */
type Whole<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<K, Whole<V>>
    : T extends readonly (infer V)[]
      ? readonly Whole<V>[]
      : T extends object
        ? { readonly [K in keyof T]-?: Whole<T[K]> }
        : T

/** A registry with a value for every possible member. */
export const wholeRegistry: Whole<Registry> = {
  version: 1,
  account: 'hr',
  cutOffs: ['security'],
  breakGlassMaxMs: 3_600_000,
  cutOffShare: 0.2,
  tenants: new Map([
    [
      'acme',
      {
        id: 'acme',
        identityProviders: [
          {
            issuer: 'https://idp',
            keys: 'keys/idp',
            published: {
              jwksUri: 'https://idp/keys',
              metadata: 'openid-configuration' as const,
              keptMs: 3_600_000,
            },
            audiences: ['idp-web'],
            azp: ['idp-web'],
            maxLifeMs: 3_600_000,
            idClaim: 'uti',
          },
        ],
        limits: { mint: { perSecond: 20, burst: 20 }, revoke: { perSecond: 4, burst: 240 } },
      },
    ],
  ]),
  sources: new Map([
    [
      'hr',
      {
        id: 'hr',
        owner: 'people',
        contact: 'people@acme.example',
        keys: 'keys/hr',
        ordering: 'dense',
        versions: 'element',
        assertions: 'bound',
        heartbeatMs: 1_000,
        leaseMs: 5_000,
        onBehalfOf: ['partner'],
        snapshotRemovalShare: 0.5,
        removalLimit: { removals: 50, withinMs: 600_000 },
        connections: new Map([
          [
            'acme',
            {
              kind: 'keycloak',
              at: 'https://id.acme.example/realms/acme',
              tenant: 'acme',
              settleMs: 3_000,
              intervalMs: 1_000,
              compareMs: 600_000,
              subject: { iss: 'https://idp.acme.example', sub: '/id' },
              account: true,
              claims: new Map([
                [
                  'groups',
                  {
                    each: '/groups/*/name',
                    strip: 'team-',
                    values: new Map([['a', 'b']]),
                    others: 'drop',
                  },
                ],
              ]),
              options: new Map([['clients', 'app']]),
            },
          ],
        ]),
      },
    ],
  ]),
  claims: new Map([
    [
      'groups',
      {
        name: 'groups',
        source: 'hr',
        owner: 'iam',
        description: 'What hr says.',
        kind: 'authoritative',
        shape: 'set',
        polarity: 'grant',
        class: 'reduce',
        maxTtlMs: 600_000,
        maxBytes: 2_048,
        onUnverified: 'deny',
        onMissing: 'refuse',
        onOver: 'refuse',
        delegation: 'intersect',
        publish: false,
        from: ['parents'],
        partners: [{ name: 'partner', prefix: 'p/' }],
        values: ['a'],
        pattern: '[a-z]',
        corroborates: 'iga',
      },
    ],
  ]),
  audiences: new Map([
    [
      'payments',
      {
        name: 'payments',
        claims: ['groups'],
        scopes: new Map([['payments:approve', { require: new Map([['groups', ['x']]]) }]]),
        ttlMs: 300_000,
        maxBytes: 4_096,
        routes: new Map([
          [
            'POST /a',
            {
              require: new Map([['groups', ['x']]]),
              risk: 'normal' as const,
              observedUntilMs: 86_400_000,
              policies: ['policies/a.cedar'],
              ignores: ['groups'],
            },
          ],
        ]),
      },
    ],
  ]),
  clients: new Map([
    [
      'web',
      {
        id: 'web',
        tenant: 'acme',
        secretHash: 'hash',
        keys: 'keys/web',
        subject: { iss: 'https://idp', sub: 'job' },
        presents: ['idp-web'],
        audiences: ['payments'],
        scopes: ['payments:approve'],
        limits: { mint: { perSecond: 10, burst: 10 }, revoke: { perSecond: 2, burst: 120 } },
        introspects: ['payments'],
        edges: ['payments-*'],
      },
    ],
  ]),
  issuers: new Map([
    [
      'sts',
      {
        name: 'sts',
        issuer: 'https://sts',
        tenant: 'acme',
        keys: 'keys/sts',
        published: {
          jwksUri: 'https://sts/jwks.json',
          metadata: 'openid-configuration',
          keptMs: 3_600_000,
        },
        publicKeys: [{ kid: 'sts-1' }],
        audiences: ['payments'],
        claims: new Map([['groups', 'roles']]),
        subjects: { iss: 'https://idp', sub: 'sub', pattern: '[a-z]+' },
        marginMs: 5_000,
        maxTtlMs: 300_000,
        rfc9068: true,
        issuances: 'hr',
      },
    ],
  ]),
  slo: new Map([['reduce', { objective: 0.999, withinMs: 2_000, windowMs: 1 }]]),
  policySchema: 'policies/schema.cedarschema',
}
