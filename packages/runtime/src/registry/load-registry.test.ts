import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '@freshet/events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadRegistry, readRegistry } from './load-registry.ts'

const example = join(import.meta.dirname, '../../../../infra/registry/registry.yaml')
let dir: string
let file: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-registry-'))
  file = join(dir, 'registry.yaml')
  await cp(example, file)
  await mkdir(join(dir, 'keys'))
  for (const name of ['hr', 'iga', 'security', 'idp']) {
    const { publicJwk } = await generateKey('ES256', `${name}-1`)
    await writeFile(join(dir, 'keys', `${name}.jwks.json`), JSON.stringify({ keys: [publicJwk] }))
  }
})

afterEach(() => rm(dir, { recursive: true }))

describe('loadRegistry', () => {
  it('reads the example registry with the keys it names', async () => {
    const loaded = await loadRegistry(file)
    expect(loaded.registry.claims.get('groups')?.source).toBe('hr')
    expect(loaded.sourceKeys('hr').map(({ kid }) => kid)).toEqual(['hr-1'])
    expect(loaded.identityProviderKeys('https://idp.acme.example')).toHaveLength(1)
    expect(loaded.sourceKeys('nobody')).toEqual([])
  })

  it('hashes the content with its keys: layout does not count, another key does', async () => {
    const { hash } = await loadRegistry(file)
    await writeFile(file, `${await readFile(file, 'utf8')}# a comment\n`)
    expect((await loadRegistry(file)).hash).toBe(hash)
    const { publicJwk } = await generateKey('ES256', 'hr-2')
    await writeFile(join(dir, 'keys', 'hr.jwks.json'), JSON.stringify({ keys: [publicJwk] }))
    expect((await loadRegistry(file)).hash).not.toBe(hash)
  })

  it('refuses a private key where a public one belongs', async () => {
    const { privateJwk } = await generateKey('ES256', 'hr-2')
    await writeFile(join(dir, 'keys', 'hr.jwks.json'), JSON.stringify({ keys: [privateJwk] }))
    await expect(loadRegistry(file)).rejects.toThrow(/hr\.jwks\.json: holds a private key/)
  })

  it('refuses a registry whose rules contradict each other, with the place', async () => {
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('source: iga', 'source: nobody'))
    await expect(loadRegistry(file)).rejects.toMatchObject({
      code: 'registry.invalid',
      message: expect.stringContaining('nobody') as string,
    })
  })

  it('refuses a route that requires a descriptive claim, with its line, also for who reads routes alone', async () => {
    const text = await readFile(file, 'utf8')
    const shown = 'claims: [department]\n    ttl: 30m\n    routes:\n      '
    const route = "'GET /people': { require: { department: [sales] } }"
    await writeFile(file, text.replace(`${shown}'GET /people': {}`, `${shown}${route}`))
    const place = '/audiences/directory/routes/GET ~1people/require/department'
    const message = `${file}:79:35 ${place}: claim department is descriptive and cannot be required (grant.descriptive)`
    for (const read of [loadRegistry, readRegistry])
      await expect(read(file)).rejects.toMatchObject({ code: 'registry.invalid', message })
    await writeFile(file, text)
    await expect(readRegistry(file)).resolves.toMatchObject({ version: 1 })
  })

  it('refuses a key set that is not there, naming the file', async () => {
    await rm(join(dir, 'keys', 'hr.jwks.json'))
    await expect(loadRegistry(file)).rejects.toThrow(/hr\.jwks\.json/)
  })
})
