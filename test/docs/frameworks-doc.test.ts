import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeBlocks, codeIn } from './code-blocks.ts'
import { readPage, ROOT } from './pages.ts'

const codeOf = (path: string): string => readPage(`test/sdk/${path}`).text

const NAMES = ['express', 'fastify', 'hono', 'http'] as const
/** The servers that `test/sdk/frameworks.long.e2e.test.ts` starts. */
const SERVERS = NAMES.map((name) => codeOf(`frameworks/${name}.mjs`))
/** The code that the tests of `test/sdk` call, by the name of its file. */
const LIVE = filesIn('live', ['live-signal', 'websocket', 'server-sent-events'])
const LIBRARIES = filesIn('libraries', [
  'express-jwt',
  'koa-jwt',
  'fastify-jwt',
  'express-oauth2-jwt-bearer',
  'jose',
  'passport-jwt',
])

function filesIn(folder: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [`${name}.ts`, codeOf(`${folder}/${name}.ts`)]))
}

function shownIn(page: string): readonly string[] {
  return codeBlocks(page)
    .filter(({ language }) => language === 'ts')
    .map(({ code }) => code)
}

describe.each([
  ['docs/frameworks.md', [...SERVERS, ...Object.values(LIVE)]],
  ['docs/token-libraries.md', Object.values(LIBRARIES)],
])('%s', (page, code) => {
  const { text } = readPage(page)

  it('shows the code that the suites run', () => {
    expect(shownIn(text)).toEqual(code)
  })

  it('control: another line in it is found', () => {
    expect(shownIn(text.replace("from '@freshet/edge'", "from 'edge'"))).not.toEqual(code)
  })
})

/** As in a project of a user: the built types of our packages, and the types of every package checked. */
const OPTIONS = {
  target: 'ES2023',
  module: 'nodenext',
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  types: ['node'],
}
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

describe('the compiler', { timeout: 300_000 }, () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'freshet-frameworks-'))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** Returns the errors of the compiler about these files. */
  const errorsIn = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const config = { compilerOptions: OPTIONS, files: Object.keys(files) }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    for (const [name, code] of Object.entries(files)) await writeFile(join(folder, name), code)
    const { stdout } = spawnSync(process.execPath, [TSC, '-p', '.', '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    })
    // Further lines of an error begin with a space.
    return stdout.split('\n').filter((line) => /^\S/.test(line))
  }

  it('accepts the code of both pages by strict options', async () => {
    const servers = Object.fromEntries(NAMES.map((name, at) => [`${name}.ts`, SERVERS[at] ?? '']))
    // The types of koa break this rule themselves: `tsconfig.tests.json` compiles its code.
    const { 'koa-jwt.ts': _, ...libraries } = LIBRARIES
    expect(await errorsIn({ ...servers, ...LIVE, ...libraries })).toEqual([])
  })

  it('accepts the server of the tutorial; control: it refuses a member that no decision has', async () => {
    const server = codeIn(readPage('docs/tutorial.md').text, 'ts')
    expect(server).toContain('express()')
    const files = { 'server.ts': server, 'wrong.ts': server.replace('claims?.', 'claim?.') }
    expect(await errorsIn(files)).toEqual([
      expect.stringMatching(/^wrong.*'claim' does not exist on type 'Decision'/),
    ])
  })

  it('control: it refuses a member that no decision has, and a server without our import', async () => {
    const [express = '', fastify = '', hono = '', http = ''] = SERVERS
    const misspelled = (server: string): string => server.replace('claims?.', 'claim?.')
    const without = (server: string): string => server.replace(/^import '@freshet.*$/m, '')
    const files = {
      'express.ts': misspelled(express),
      'fastify.ts': without(fastify),
      'hono.ts': without(hono),
      'http.ts': misspelled(http),
    }
    expect(await errorsIn(files)).toEqual([
      expect.stringMatching(/^express.*'claim' does not exist on type 'Decision'/),
      expect.stringMatching(/^fastify.*'freshet' does not exist on type 'FastifyRequest/),
      expect.stringMatching(/^hono.*Object is of type 'unknown'/),
      expect.stringMatching(/^hono.*No overload matches this call/),
      expect.stringMatching(/^http.*'claim' does not exist on type 'Decision'/),
    ])
  })

  it('control: it refuses `request.freshet` of Express without @freshet/edge', async () => {
    const code = `import express from 'express'\nexpress().get('/', ({ freshet }) => void freshet)\n`
    expect(await errorsIn({ 'alone.ts': code })).toEqual([
      expect.stringMatching(/^alone.*'freshet' does not exist on type 'Request</),
    ])
  })
})
