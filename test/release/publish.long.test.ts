import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../architecture/pack.ts'

const run = promisify(execFile)
const VERSION = '0.2.0'

/** Two published packages, of which the first by name depends on the second, and a private one. */
const FILES: Readonly<Record<string, unknown>> = {
  'package.json': { name: 'freshet', version: VERSION, private: true },
  'packages/edge/package.json': {
    name: '@freshet/edge',
    version: VERSION,
    dependencies: { '@freshet/wire': VERSION },
    publishConfig: { access: 'public' },
  },
  'packages/insight/package.json': { name: '@freshet/insight', version: VERSION, private: true },
  'packages/wire/package.json': {
    name: '@freshet/wire',
    version: VERSION,
    publishConfig: { access: 'public' },
  },
  '.gitignore': 'dist\n.npmrc\n',
}

/** The state of the registry, which a test sets. */
const registry = {
  user: undefined as string | undefined,
  members: {} as Readonly<Record<string, string>>,
  /** The names and versions in the order in which they came. */
  published: [] as string[],
  access: new Set<string>(),
}

let folder: string
let server: Server

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  if (at === null || typeof at === 'string') throw new Error('The registry has no port.')
  folder = await mkdtemp(join(tmpdir(), 'freshet-publish-'))
  for (const [name, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(join(folder, name), text)
  }
  const host = `127.0.0.1:${String(at.port)}/`
  await writeFile(
    join(folder, '.npmrc'),
    `registry=http://${host}\n//${host}:_authToken=of-a-test\n`,
  )
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'release: 0.2.0')
})

afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const path = decodeURIComponent(request.url ?? '').replace(/\?.*$/, '')
  if (request.method === 'PUT') {
    const { name, access } = await bodyOf(request)
    registry.published.push(`${name}@${VERSION}`)
    registry.access.add(access)
    send(201, {})
  } else if (path === '/-/whoami' && registry.user !== undefined) {
    send(200, { username: registry.user })
  } else if (path === '/-/org/freshet/user' && registry.user !== undefined) {
    if (registry.user in registry.members) send(200, registry.members)
    else send(403, { error: 'You are not a member of the organization.' })
  } else if (registry.published.includes(`${path.slice(1)}@${VERSION}`)) {
    const name = path.slice(1)
    const versions = { [VERSION]: { name, version: VERSION, dist: {} } }
    send(200, { name, 'dist-tags': { latest: VERSION }, versions })
  } else send(404, { error: 'Not found' })
}

async function bodyOf(request: IncomingMessage): Promise<{ name: string; access: string }> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString()) as { name: string; access: string }
}

async function git(...args: readonly string[]): Promise<void> {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.test']
  await run('git', [...identity, ...args], { cwd: folder })
}

async function pack(name: string): Promise<void> {
  await mkdir(join(folder, 'dist/packages'), { recursive: true })
  const args = ['pack', `./packages/${name}`, '--pack-destination=dist/packages']
  await run('npm', args, { cwd: folder })
}

/** Runs `release.mjs --publish`. Returns its exit code and output. */
function publish(): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve) => {
    const args = [join(ROOT, 'infra/run/release.mjs'), '--publish', folder]
    const child = execFile(process.execPath, args, (_, out, err) => {
      resolve({ code: child.exitCode, output: out + err })
    })
  })
}

async function refused(): Promise<string> {
  const { code, output } = await publish()
  expect(code).toBe(1)
  expect(registry.published).toEqual([])
  return output
}

describe('packages are published', () => {
  it('only from a commit with the tag of the version, without other files', async () => {
    expect(await refused()).toContain('The commit has no tag v0.2.0. Run `git tag v0.2.0`.')
    await git('tag', 'v0.2.0')
    await writeFile(join(folder, 'note.txt'), 'not committed')
    expect(await refused()).toContain('Files differ from the commit.')
    await rm(join(folder, 'note.txt'))
  })

  it('only if every package is packed', async () => {
    await pack('edge')
    expect(await refused()).toContain('dist/packages/freshet-wire-0.2.0.tgz is missing.')
    await pack('wire')
  })

  it('only by a user of npm', async () => {
    expect(await refused()).toContain('`npm whoami` returns no user. Run `npm login`.')
  })

  it('only by a member of the organization that holds the scope', async () => {
    registry.user = 'alice'
    expect(await refused()).toContain('alice does not hold the scope @freshet.')
    registry.members = { bob: 'owner' }
    expect(await refused()).toContain('alice does not hold the scope @freshet.')
  })

  it('for everybody, dependencies first, and private packages never', async () => {
    registry.members = { alice: 'developer' }
    expect(await publish()).toEqual({
      code: 0,
      output: '@freshet/wire@0.2.0 is published\n@freshet/edge@0.2.0 is published\n',
    })
    expect(registry.published).toEqual(['@freshet/wire@0.2.0', '@freshet/edge@0.2.0'])
    expect([...registry.access]).toEqual(['public'])
  })

  it('once: the same command continues after a failure', async () => {
    registry.published = ['@freshet/wire@0.2.0']
    expect(await publish()).toEqual({
      code: 0,
      output: '@freshet/wire@0.2.0 was published before\n@freshet/edge@0.2.0 is published\n',
    })
    expect(registry.published).toEqual(['@freshet/wire@0.2.0', '@freshet/edge@0.2.0'])
  })
})
