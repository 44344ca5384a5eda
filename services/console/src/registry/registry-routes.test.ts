import { registryDocument } from '@freshet/registry'
import { acmeRegistry } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { addRegistryDiffRoute, addRegistryDocumentRoute } from './registry-routes.ts'
import { routesApp } from '../../../../test/setup/routes-app.ts'

const DOCUMENTS = [1, 2].map((version) => {
  const account = version === 1 ? 'hr' : 'iga'
  return registryDocument({ version, account, sources: {}, claims: {} }, new Map())
})

async function diff(query: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const app = routesApp()
  const find = async (pv: number) => {
    const document = DOCUMENTS[pv - 1]
    return document === undefined ? undefined : { pv, hash: 'h', document, by: 'ann', atMs: 0 }
  }
  addRegistryDiffRoute(app, { history: { find } })
  const response = await app.request(`/v1/registry/diff?${query}`)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('GET /v1/registry/diff', () => {
  it('has each difference with its place and effect', async () => {
    const { status, body } = await diff('from=1&to=2')
    expect(status).toBe(200)
    expect(body).toMatchObject({ from: 1, to: 2 })
    expect(body['differences']).toContainEqual(expect.objectContaining({ place: '/account' }))
  })

  it('of a version and itself has none', async () => {
    expect((await diff('from=2&to=2')).body).toMatchObject({ differences: [] })
  })

  it('refuses a version that is not published, and a query that names none', async () => {
    expect(await diff('from=1&to=9')).toMatchObject({ status: 404 })
    expect(await diff('from=1')).toMatchObject({
      status: 400,
      body: { code: 'request.malformed' },
    })
  })
})

const SECRET = 'hash-of-a-secret'
const CLIENTS = { 'a/b': { tenant: 'acme', secretHash: SECRET, audiences: ['payments'] } }

/** Asks for a document; the versions 1 and 2 are published, and 1 is in force. */
async function askDocument(query = ''): Promise<{ status: number; body: unknown; text: string }> {
  const app = routesApp()
  const find = async (pv: number) => {
    if (pv > 2) return undefined
    const document = JSON.stringify({ registry: { version: pv, clients: CLIENTS }, keySets: {} })
    return { pv, hash: `hash-${pv}`, document, by: 'ann', atMs: 0 }
  }
  const loaded = () => ({ registry: { ...acmeRegistry(), version: 1 }, hash: 'hash-1' })
  addRegistryDocumentRoute(app, { history: { find }, loaded })
  const response = await app.request(`/v1/registry/document${query}`)
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text), text }
}

describe('GET /v1/registry/document', () => {
  it('has the version in force, or the one that is named', async () => {
    expect((await askDocument()).body).toMatchObject({ version: 1, hash: 'hash-1' })
    expect((await askDocument('?version=2')).body).toMatchObject({
      version: 2,
      hash: 'hash-2',
      document: { registry: { version: 2 }, keySets: {} },
    })
  })

  it('has no hash of a secret, and names its place', async () => {
    const { body, text } = await askDocument()
    expect(text).not.toContain(SECRET)
    expect(body).toMatchObject({
      hidden: ['/registry/clients/a~1b/secretHash'],
      document: { registry: { clients: { 'a/b': { tenant: 'acme', audiences: ['payments'] } } } },
    })
  })

  it('refuses a version that is not published, and a query that names none', async () => {
    expect(await askDocument('?version=3')).toMatchObject({ status: 404 })
    for (const query of ['?version=0', '?version=x', '?versoin=1'])
      expect(await askDocument(query)).toMatchObject({
        status: 400,
        body: { code: 'request.malformed' },
      })
  })
})
