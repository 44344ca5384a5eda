import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEV_TENANT, type EditRegistry } from '@freshet/cli/stack'
import { generateKey } from '@freshet/wire'
import type { BenchContext } from '../scenario.ts'

/** The fourth source, beside those of the example registry. */
export const PARTNERS = 'partners'

/** The claims of a token for the audience of the edges, one of each source. */
export const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  groups: ['staff'],
  entitlements: ['invoices:read'],
  partnerships: ['supplier'],
  clearances: ['internal'],
}

/** Tenants that all have the same four sources. */
export interface ManyTenants {
  readonly names: readonly string[]
  /** The private key of {@link PARTNERS}. */
  readonly partnersKeyFile: string
  readonly edit: EditRegistry
}

/** Plans so many tenants beside that of the example registry. `pace`: of every source. */
export async function manyTenants(
  context: BenchContext,
  count: number,
  pace: { readonly heartbeat: string; readonly lease: string },
): Promise<ManyTenants> {
  const dir = await context.tempDir()
  const { privateJwk, publicJwk } = await generateKey('ES256', PARTNERS)
  const partnersKeyFile = join(dir, `${PARTNERS}.private.json`)
  const keys = join(dir, `${PARTNERS}.jwks.json`)
  await writeFile(partnersKeyFile, JSON.stringify(privateJwk), { mode: 0o600 })
  await writeFile(keys, JSON.stringify({ keys: [publicJwk] }))
  const names = Array.from({ length: count }, (_, n) => `tenant-${String(n).padStart(4, '0')}`)
  const edit: EditRegistry = (registry) => {
    registry.setIn(['sources', PARTNERS], registry.createNode(partnersOf(keys)))
    registry.setIn(['claims', 'partnerships'], registry.createNode(claimOf(PARTNERS)))
    registry.setIn(['claims', 'clearances'], registry.createNode(claimOf('security')))
    registry.setIn(['audiences', 'payments', 'claims'], registry.createNode(Object.keys(CLAIMS)))
    for (const source of ['hr', 'iga', 'security', PARTNERS])
      for (const [name, value] of Object.entries(pace))
        registry.setIn(['sources', source, name], value)
    const path = ['tenants', DEV_TENANT, 'identityProviders', 0, 'keys']
    const ownKeys = registry.getIn(path)
    for (const tenant of names)
      registry.setIn(
        ['tenants', tenant],
        registry.createNode({ identityProviders: [{ issuer: issuerOf(tenant), keys: ownKeys }] }),
      )
  }
  return { names, partnersKeyFile, edit }
}

/** Returns the identity provider of a tenant. */
export function issuerOf(tenant: string): string {
  return `https://idp.${tenant}.example`
}

function claimOf(source: string): object {
  return {
    source,
    owner: 'sales',
    description: 'Given by the source of the same tenant.',
    kind: 'authoritative',
    shape: 'set',
    class: 'reduce',
    maxTtl: '5m',
    onUnverified: 'deny',
  }
}

function partnersOf(keys: string): object {
  const named = { owner: 'sales', contact: 'oncall-sales@acme.example', keys }
  return { ...named, ordering: 'dense', heartbeat: '5s', lease: '30s' }
}
