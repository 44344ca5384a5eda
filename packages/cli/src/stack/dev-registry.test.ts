import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lintRegistry } from '@freshet/registry/lint'
import { probedClaims } from '@freshet/protocol/slo'
import { parseRegistry } from '@freshet/registry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseDocument, type Document } from 'yaml'
import { completeRegistry } from './dev-registry.ts'
import { EXAMPLE_REGISTRY } from './paths.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-dev-registry-'))
})
afterAll(() => rm(dir, { recursive: true }))

async function variant(edit: (registry: Document) => void): Promise<string> {
  const document = parseDocument(await readFile(EXAMPLE_REGISTRY, 'utf8'))
  edit(document)
  const file = join(dir, 'variant.yaml')
  await writeFile(file, document.toString())
  return file
}

const read = async (file: string) => parseRegistry(parse(await readFile(file, 'utf8')), file)

describe('the registry that a stack runs on', () => {
  it('is the example where none is named', async () => {
    const made = await completeRegistry(dir, {})
    expect(made).toMatchObject({
      tenant: 'acme',
      issuer: 'https://idp.acme.example',
      audience: 'payments',
      hasEdgeClient: true,
      sources: ['security', 'hr', 'iga'],
    })
  })

  it('names the policies of the file where they stand', async () => {
    const registryFile = await variant((registry) => {
      registry.setIn(['policySchema'], 'policies/p.cedarschema')
      const policies = ['policies/p.cedar']
      registry.setIn(['audiences', 'payments', 'routes', 'POST /approve', 'policies'], policies)
    })
    const copy = join(dir, 'elsewhere')
    await mkdir(copy)
    const registry = await read((await completeRegistry(copy, { registryFile })).file)
    expect(registry.policySchema).toBe(join(dir, 'policies', 'p.cedarschema'))
    const route = registry.audiences.get('payments')?.routes.get('POST /approve')
    expect(route?.policies).toEqual([join(dir, 'policies', 'p.cedar')])
  })

  it('names the keys of foreign issuers where they stand: they are not of this run', async () => {
    const terms = {
      issuer: 'https://sts.partner.example',
      tenant: 'acme',
      audiences: ['payments'],
      claims: { groups: 'roles' },
      subjects: { iss: 'https://idp.acme.example' },
      margin: '5s',
      maxTtl: '5m',
    }
    const registryFile = await variant((registry) =>
      registry.setIn(['issuers'], {
        sts: { ...terms, keys: 'keys/sts.jwks.json' },
        cloud: {
          ...terms,
          issuer: 'https://cloud.example',
          jwksUri: 'https://cloud.example/jwks.json',
        },
      }),
    )
    const { issuers } = await read((await completeRegistry(dir, { registryFile })).file)
    const keys = [...(issuers?.values() ?? [])].map((issuer) => [issuer.name, issuer.keys])
    expect(keys).toEqual([
      ['sts', join(dir, 'keys', 'sts.jwks.json')],
      ['cloud', undefined],
    ])
  })

  it('is a copy of the named file, with keys and secrets of this run', async () => {
    const registryFile = await variant((registry) => {
      registry.setIn(['account'], 'security')
      registry.setIn(['sources', 'hr', 'keys'], 'elsewhere/hr.json')
      registry.deleteIn(['clients', 'payments-web', 'secretHash'])
      registry.setIn(['clients', 'payments-web', 'keys'], 'elsewhere/web.json')
    })
    const made = await completeRegistry(dir, { registryFile })
    const registry = await read(made.file)
    expect(registry.account).toBe('security')
    expect(registry.sources.get('hr')?.keys).toBe('keys/hr.jwks.json')
    const [provider] = registry.tenants.get('acme')?.identityProviders ?? []
    expect(provider?.keys).toBe('keys/idp.jwks.json')
    const web = registry.clients.get('payments-web')
    expect(web).toMatchObject({ secretHash: expect.stringMatching(/^[\w-]{43}$/) })
    expect(web).not.toHaveProperty('keys')
    expect([...Object.keys(made.clientSecrets), 'sidecars']).toEqual([...registry.clients.keys()])
  })

  it('has a client with a key for the sidecars, with the rights of the resource server', async () => {
    const { clients } = await read((await completeRegistry(dir, {})).file)
    expect(clients.get('sidecars')).toMatchObject({
      tenant: 'acme',
      keys: 'keys/sidecars.jwks.json',
      audiences: [],
      introspects: ['payments'],
    })
  })

  it('takes tenant, identity provider and audience from the file', async () => {
    const registryFile = await variant((registry) => {
      registry.setIn(['tenants'], {
        globex: { identityProviders: [{ issuer: 'https://idp.globex.example', keys: 'k.json' }] },
      })
      registry.setIn(['clients'], {})
      registry.deleteIn(['audiences', 'payments'])
    })
    const made = await completeRegistry(dir, { registryFile })
    expect(made).toMatchObject({
      tenant: 'globex',
      issuer: 'https://idp.globex.example',
      audience: 'directory',
      // No client is allowed to ask about it, so high-risk requests are denied.
      hasEdgeClient: false,
    })
  })

  it('has one tenant: more of them would have no heartbeats', async () => {
    const registryFile = await variant((registry) => {
      registry.setIn(['tenants', 'globex'], { identityProviders: [] })
    })
    await expect(completeRegistry(dir, { registryFile })).rejects.toThrow(
      'dev runs the sources of one tenant',
    )
  })

  it('is refused where the file is no registry, naming the place', async () => {
    const registryFile = await variant((registry) => registry.deleteIn(['account']))
    await expect(completeRegistry(dir, { registryFile })).rejects.toMatchObject({
      code: 'registry.invalid',
      message: expect.stringContaining('#/account'),
    })
  })
})

describe('what probes need', () => {
  it('has a claim for each class with an objective, and lint finds no fault with it', async () => {
    const { file } = await completeRegistry(dir, { probes: true })
    const registry = await read(file)
    const claims = probedClaims(registry).map((name) => registry.claims.get(name)?.class)
    expect(claims).toEqual([...registry.slo.keys()])
    expect(
      lintRegistry(registry, { nowMs: 0 }).filter(({ severity }) => severity === 'error'),
    ).toEqual([])
  })
})
