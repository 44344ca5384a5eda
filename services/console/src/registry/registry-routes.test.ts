import { registryDocument } from '@freshet/registry'
import { describe, expect, it } from 'vitest'
import { addRegistryDiffRoute } from './registry-routes.ts'
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
