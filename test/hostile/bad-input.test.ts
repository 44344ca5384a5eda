import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorsIn } from '@freshet/registry/lint'
import { parseDocument, type Document } from 'yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lintFile } from '../../packages/cli/src/commands/registry/lint-file.ts'
import { EXAMPLE_REGISTRY } from '../../packages/cli/src/stack/paths.ts'
import { attackedAuthority } from './services/attacked-authority.ts'
import { attackedSidecar } from './services/attacked-sidecar.ts'
import { platformRequest, requestOf, textOf } from '../requests/request.ts'

describe('an undeclared audience', () => {
  it('is refused by the authority, like one that the client may not have', async () => {
    const { app, samples } = await attackedAuthority()
    const valid = await samples.find(({ name }) => name === 'exchange')?.make()
    for (const audience of ['nobody', 'ledger']) {
      const form = textOf(valid as never).replace('audience=payments', `audience=${audience}`)
      const request = requestOf(
        'POST',
        '/oauth/token',
        Object.fromEntries(valid?.headers ?? []),
        form,
      )
      const answer = await app.request(platformRequest(request) as Request)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: 'invalid_target' })
    }
  })

  it('is denied by an edge', async () => {
    const { app, samples } = await attackedSidecar()
    const sample = samples.find(({ name }) => name === 'a token seen before')
    const { token } = JSON.parse(textOf((await sample?.make()) as never)) as {
      readonly token: string
    }
    const question = requestOf(
      'POST',
      '/v1/check',
      { 'content-type': 'application/json' },
      { token, audience: 'nobody' },
    )
    const answer = await app.request(platformRequest(question) as Request)
    expect(await answer.json()).toMatchObject({ decision: expect.stringMatching(/deny|challenge/) })
  })
})

describe('a registry', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-bad-registry-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  /** Returns the findings of the example after this edit. */
  async function findings(edit: (registry: Document) => void, replace = (text: string) => text) {
    const registry = parseDocument(await readFile(EXAMPLE_REGISTRY, 'utf8'))
    edit(registry)
    const file = join(dir, 'registry.yaml')
    await writeFile(file, replace(registry.toString()))
    const { findings: found } = await lintFile(file, { keys: false })
    return errorsIn(found)
  }

  it('with a cycle is named at each claim of it', async () => {
    const found = await findings((registry) => {
      registry.setIn(['claims', 'groups', 'from'], ['entitlements'])
      registry.setIn(['claims', 'entitlements', 'from'], ['groups'])
    })
    expect(found.map(({ place }) => place)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('/claims/groups'),
        expect.stringContaining('/claims/entitlements'),
      ]),
    )
  })

  it('with a missing owner is named at its claim', async () => {
    const found = await findings(
      (registry) => void registry.deleteIn(['claims', 'groups', 'owner']),
    )
    expect(found).toMatchObject([{ place: '/claims/groups/owner' }])
  })

  it('with two sources for one claim is named with line and column', async () => {
    const groups = '  groups:\n    source: hr'
    const twice = (text: string) => text.replace(groups, `${groups}\n    source: iga`)
    expect(await findings(() => {}, twice)).toMatchObject([
      { code: 'claim.two-sources', place: '/claims/groups/source', column: 5 },
    ])
  })
})
