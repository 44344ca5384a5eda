import { generateKey, type Jwks } from '@freshet/wire'
import { registryDocument } from '@freshet/registry'

const PATHS = ['security', 'hr', 'iga', 'idp'].map((name) => `keys/${name}.jwks.json`)

/** No two sources can share a key. */
const otherKeys: ReadonlyMap<string, Jwks> = new Map(
  await Promise.all(
    PATHS.map(async (path): Promise<[string, Jwks]> => {
      const { publicJwk } = await generateKey('ES256', 'k1')
      return [path, { keys: [publicJwk] }]
    }),
  ),
)

/** The changes of a test in the registry of {@link documentOf}. */
export interface DocumentChange {
  readonly groups?: object
  readonly payments?: object
  /** The tenants beside acme. */
  readonly tenants?: object
}

/** Returns the example registry in small, as an admin sends it; `keys` are those of hr. */
export function documentOf(version: number, keys: Jwks, change: DocumentChange = {}): string {
  const keySets = new Map([...otherKeys, ['keys/hr.jwks.json', keys]])
  return registryDocument(fileOf(version, change), keySets)
}

function fileOf(version: number, { groups, payments, tenants }: DocumentChange): object {
  const source = (name: string) => ({
    owner: `${name}-team`,
    keys: `keys/${name}.jwks.json`,
    ordering: 'dense',
    heartbeat: '1s',
    lease: '5s',
  })
  return {
    version,
    account: 'hr',
    cutOffs: ['security'],
    tenants: {
      acme: { identityProviders: [{ issuer: 'https://idp.acme.example', keys: PATHS[3] }] },
      ...tenants,
    },
    sources: { security: source('security'), hr: source('hr'), iga: source('iga') },
    claims: {
      groups: {
        source: 'hr',
        owner: 'iam',
        kind: 'authoritative',
        shape: 'set',
        class: 'reduce',
        maxTtl: '10m',
        ...groups,
      },
    },
    audiences: { payments: { claims: ['groups'], ttl: '5m', ...payments } },
    slo: { reduce: { objective: '99%', within: '2s', window: '28d' } },
  }
}
