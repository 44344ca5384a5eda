import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '@freshet/wire'
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
    const message = `${file}:83:35 ${place}: claim department is descriptive and cannot be required (grant.descriptive)`
    for (const read of [loadRegistry, readRegistry])
      await expect(read(file)).rejects.toMatchObject({ code: 'registry.invalid', message })
    await writeFile(file, text)
    await expect(readRegistry(file)).resolves.toMatchObject({ version: 1 })
  })

  const rewrite = async (change: (text: string) => string): Promise<void> =>
    writeFile(file, change(await readFile(file, 'utf8')))

  it.each<[string, RegExp, () => Promise<void>]>([
    ['an empty registry', /:1:1 \/: .*\(file\.empty\)$/m, () => rewrite(() => '')],
    [
      'a registry that is cut off in a line',
      /\(file\.not-yaml\)$/m,
      () => rewrite((text) => text.slice(0, text.lastIndexOf('28d'))),
    ],
    [
      'a registry without one of its key files',
      /\/sources\/hr\/keys: .*hr\.jwks\.json.*\(keys\.missing\)$/m,
      () => rm(join(dir, 'keys', 'hr.jwks.json')),
    ],
    [
      'a registry that names one claim twice',
      /\/claims\/groups: .*\(claim\.named-twice\)$/m,
      () => rewrite((text) => text.replace(/^ {2}groups:[^]*?(?=^ {2}entitlements:)/m, '$&$&')),
    ],
    [
      'a registry in which two sources share a key',
      /\/sources\/\w+\/keys: .*\(keys\.shared\)$/m,
      () => cp(join(dir, 'keys', 'hr.jwks.json'), join(dir, 'keys', 'iga.jwks.json')),
    ],
  ])('%s is refused, with rule and place', async (_, message, spoil) => {
    await expect(loadRegistry(file)).resolves.toBeDefined()
    await spoil()
    await expect(loadRegistry(file)).rejects.toMatchObject({
      code: 'registry.invalid',
      message: expect.stringMatching(message) as string,
    })
  })

  it('a registry that is half written is refused wherever between its lines it ends', async () => {
    const text = await readFile(file, 'utf8')
    const ends = [...text.matchAll(/\n(?!$)/g)].map(({ index }) => index + 1)
    const accepted: string[] = []
    for (const end of ends) {
      await writeFile(file, text.slice(0, end))
      await readRegistry(file).then(
        () => accepted.push(text.slice(0, end)),
        () => undefined,
      )
    }
    expect(accepted).toEqual([])
    expect(ends.length).toBeGreaterThan(80)
    await writeFile(file, text)
    await expect(readRegistry(file)).resolves.toBeDefined()
  })
})
