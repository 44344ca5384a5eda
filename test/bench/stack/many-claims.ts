import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { generateKey } from '@freshet/wire'

/** Claims that each audience has, and that its one route requires. */
const CARRIED = 10
const SOURCES = 20
const keysOf = (name: string): string => `keys/${name}.jwks.json`

/**
 * Writes a valid registry of so many claim types into a folder, with the keys that it names. Returns its
 * path.
 */
export async function writeManyClaims(dir: string, claims: number): Promise<string> {
  const signers = ['idp', ...Array.from({ length: SOURCES }, (_, n) => `source-${n}`)]
  for (const name of signers) await writeKeys(join(dir, keysOf(name)), name)
  const path = join(dir, 'registry.yaml')
  await writeFile(path, registryText(claims))
  return path
}

async function writeKeys(path: string, name: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const { publicJwk } = await generateKey('ES256', name)
  await writeFile(path, JSON.stringify({ keys: [publicJwk] }))
}

/** Returns the registry in the form that people write: a line for each member. */
function registryText(claims: number): string {
  const names = Array.from({ length: claims }, (_, n) => `claim-${n}`)
  const audiences = Array.from({ length: Math.ceil(claims / CARRIED) }, (_, n) =>
    audienceText(n, names.slice(n * CARRIED, (n + 1) * CARRIED)),
  )
  return [
    'version: 1',
    'account: source-0',
    'tenants:',
    `  acme: { identityProviders: [{ issuer: 'https://idp.acme.example', keys: ${keysOf('idp')} }] }`,
    'sources:',
    ...Array.from({ length: SOURCES }, (_, n) => sourceText(n)),
    'claims:',
    ...names.map((name, n) => claimText(name, n)),
    'audiences:',
    ...audiences,
    'slo:',
    '  reduce: { objective: 99.9%, within: 2s, window: 28d }',
    '',
  ].join('\n')
}

function sourceText(n: number): string {
  const contact = `oncall-${n}@acme.example`
  return `  source-${n}: { owner: team-${n}, contact: ${contact}, keys: ${keysOf(`source-${n}`)}, ordering: monotonic, heartbeat: 1s, lease: 5s }`
}

function claimText(name: string, n: number): string {
  return `  ${name}:
    source: source-${n % SOURCES}
    owner: team-${n % SOURCES}
    description: What people may do in system ${n}, as that system names it.
    kind: authoritative
    shape: set
    class: reduce
    maxTtl: 10m
    maxBytes: 256
    onUnverified: deny`
}

function audienceText(n: number, claims: readonly string[]): string {
  const required = claims.map((claim) => `${claim}: [approvers]`)
  return `  audience-${n}:
    claims: [${claims.join(', ')}]
    ttl: 5m
    routes:
      'POST /approve': { require: { ${required.join(', ')} } }`
}
