import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { generateKey } from '@freshet/wire'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recordingShell } from '../../recording-shell.ts'
import { runCommand } from '../../run-command.ts'
import { EXAMPLE_REGISTRY } from '../../stack/paths.ts'

const difference = {
  place: '/audiences/payments/ttl',
  effect: 'tightens',
  needsMinimum: true,
  sentence: 'tokens for payments live 2m, not 5m',
}
const published = {
  pv: 2,
  hash: 'two',
  isNew: true,
  against: { pv: 1, hash: 'one' },
  differences: [difference],
  needsMinimum: true,
}

let dir: string
let server: Server
let url: string
let requests: { readonly path: string; readonly body: Record<string, unknown> }[]
let answer: readonly [status: number, body: object]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-publish-'))
  await mkdir(join(dir, 'keys'))
  await cp(EXAMPLE_REGISTRY, join(dir, 'registry.yaml'))
  for (const name of ['hr', 'iga', 'security', 'idp']) {
    const { publicJwk } = await generateKey('ES256', 'k1')
    await writeFile(join(dir, 'keys', `${name}.jwks.json`), JSON.stringify({ keys: [publicJwk] }))
  }
})
afterAll(() => rm(dir, { recursive: true }))
beforeEach(async () => {
  requests = []
  server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ path: request.url ?? '', body: JSON.parse(body) as Record<string, unknown> })
      response.writeHead(answer[0], { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer[1]))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${Object(server.address())['port']}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function freshet(line: string) {
  const shell = recordingShell({ env: { FRESHET_TOKEN: 'admin-token' } })
  const code = await runCommand(['registry', ...line.split(' ')], shell)
  return { code, ...shell.written() }
}

describe('registry publish', () => {
  it('names the version that is active already, and asks for a higher one', async () => {
    const against = { pv: 2, hash: 'two' }
    answer = [200, { ...published, isNew: false, against, differences: [] }]
    const { code, out } = await freshet(`publish ${join(dir, 'registry.yaml')} --gateway ${url}`)
    expect(code).toBe(0)
    expect(out).toBe(
      'version 2 is active already, and the file has no difference to it\n' +
        'next: raise version in the file with each change\n',
    )
    answer = [200, { ...published, isNew: false, differences: [] }]
    const before = await freshet(`publish ${join(dir, 'registry.yaml')} --gateway ${url}`)
    expect(before.out).toContain('was published before; against version 1')
  })

  it('sends the file with the keys that it names, and prints the differences and the next step', async () => {
    answer = [201, published]
    const { code, out } = await freshet(`publish ${join(dir, 'registry.yaml')} --gateway ${url}`)
    expect(code).toBe(0)
    expect(out).toBe(`version 2 is published; against version 1:
takes away, also from outstanding tokens:
  /audiences/payments/ttl: tokens for payments live 2m, not 5m
next: freshet registry activate 2 --minimum 2 --reason '…'
`)
    expect(requests).toMatchObject([{ path: '/v1/registry', body: { registry: { version: 1 } } }])
    expect(Object.keys(requests[0]?.body['keySets'] ?? {})).toContain('keys/hr.jwks.json')
  })

  it('only asks with --dry-run', async () => {
    answer = [200, { ...published, dryRun: true }]
    const file = join(dir, 'registry.yaml')
    const { out } = await freshet(`publish ${file} --dry-run --gateway ${url}`)
    expect(out).toContain('version 2 is not published yet; against version 1:')
    expect(requests[0]?.path).toBe('/v1/registry?dryRun=true')
  })

  it('sends nothing that does not lint', async () => {
    const file = join(dir, 'unsound.yaml')
    const sound = await readFile(join(dir, 'registry.yaml'), 'utf8')
    await writeFile(file, sound.replace('source: iga', 'source: nobody'))
    const { code, err } = await freshet(`publish ${file} --gateway ${url}`)
    expect(code).toBe(1)
    expect(err).toContain('no source is called nobody')
    expect(requests).toEqual([])
  })
})

describe('registry activate', () => {
  it('orders a published version with its minimum and reason', async () => {
    answer = [202, { id: 'activate-2', partition: 0, offset: '4' }]
    const { code, out } = await freshet(`activate 2 --minimum 2 --reason reviewed --gateway ${url}`)
    expect([code, out]).toEqual([0, 'version 2 is activated: activate-2 is in every partition\n'])
    const order = { op: 'activate', pv: 2, minimum: 2, reason: 'reviewed' }
    expect(requests).toEqual([{ path: '/v1/cut-offs', body: order }])
  })

  it('prints with --dry-run the changes and the rows that it would touch', async () => {
    const touches = { tokens: 12, subjects: 5, clients: 2 }
    answer = [200, { dryRun: true, differences: [difference], touches }]
    const { out } = await freshet(`activate 2 --minimum 2 --reason x --dry-run --gateway ${url}`)
    expect(out).toContain('makes 12 outstanding tokens of 5 subjects stale')
    expect(out).toContain('tokens for payments live 2m, not 5m')
    expect(requests[0]?.path).toBe('/v1/cut-offs?dryRun=true')
  })

  it('shows the refusal where it needs a minimum', async () => {
    const detail = '/audiences/payments/ttl: tokens for payments live 2m, not 5m'
    answer = [422, { status: 422, code: 'registry.tightens', title: 'takes away', detail }]
    const { code, err } = await freshet(`activate 2 --reason x --gateway ${url}`)
    expect(code).toBe(1)
    expect(err).toContain(detail)
  })

  it.each(['activate 2', 'activate two --reason x', 'activate 2 --minimum -1 --reason x'])(
    '%j is a usage error',
    async (line) => {
      expect((await freshet(line)).code).toBe(2)
    },
  )
})

describe('registry diff', () => {
  it('prints in plain terms the differences between two files', async () => {
    const file = join(dir, 'next.yaml')
    const one = await readFile(join(dir, 'registry.yaml'), 'utf8')
    await writeFile(file, one.replace('version: 1', 'version: 2').replace('ttl: 5m', 'ttl: 2m'))
    const { code, out } = await freshet(`diff ${join(dir, 'registry.yaml')} ${file}`)
    expect([code, out]).toEqual([
      0,
      'takes away, also from outstanding tokens:\n  /audiences/payments/ttl: tokens for payments live 2m, not 5m\n',
    ])
    const same = await freshet(`diff ${file} ${file}`)
    expect([same.out, same.err]).toEqual([
      'no difference\n',
      'no running stack was found here, so no tokens are counted\n',
    ])
    expect((await freshet(`diff ${file} ${file} --no-stack`)).err).toBe('')
    expect((await freshet(`diff ${file} /no/such/file`)).code).toBe(3)
  })
})
