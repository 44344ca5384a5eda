import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedEdges } from '../../../test/fixed-lists.ts'
import { answeringServer, type AnsweringServer } from '../../../test/answering-server.ts'
import { recordedRun, type RecordedRun } from '../../../test/recorded-run.ts'

let dir: string
let server: AnsweringServer
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-contexts-'))
  await writeFile(join(dir, 'admin.token'), 'admin-token\n')
  server = await answeringServer()
  server.answers = { 'GET /v1/edges': [200, fixedEdges] }
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

const path = (): string => join(dir, 'freshet/contexts.json')
const freshet = (line: string, env: Readonly<Record<string, string>> = {}): Promise<RecordedRun> =>
  recordedRun(line, { cwd: dir, env: { XDG_CONFIG_HOME: dir, ...env } })
const set = (name: string, more = ''): Promise<RecordedRun> =>
  freshet(`context set ${name} --url ${server.url} --token-file admin.token${more}`)

describe('a context', () => {
  it('names a console and the file of a token, in a file for its owner alone', async () => {
    expect(await set('staging')).toMatchObject({ code: 0, err: '' })
    expect((await stat(path())).mode & 0o777).toBe(0o600)
    const text = await readFile(path(), 'utf8')
    expect(text).not.toContain('admin-token')
    expect(JSON.parse(text)).toEqual({
      apiVersion: 'freshet.dev/v1',
      current: 'staging',
      contexts: { staging: { url: server.url, tokenFile: join(dir, 'admin.token') } },
    })
  })

  it('is asked by commands while it is the current one', async () => {
    await set('staging')
    expect((await freshet('edge ls -o name')).code).toBe(0)
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer admin-token',
    ])
    await freshet('context set other --url http://127.0.0.1:9')
    expect((await freshet('edge ls')).code).toBe(0)
    expect((await freshet('context use other')).out).toContain('commands ask other now')
    expect((await freshet('edge ls')).code).toBe(4)
  })

  it('is replaced as a whole by the environment: its token goes to no other address', async () => {
    await set('staging')
    await freshet('edge ls', { FRESHET_URL: server.url })
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(['Bearer'])
    const { err } = await freshet('context ls', { FRESHET_URL: server.url })
    expect(err).toBe('the current context is not used here: FRESHET_URL is set\n')
  })

  it('is listed with a star where it is the current one', async () => {
    await set('staging')
    await set('production', ' --gateway https://gateway.example')
    const { out } = await freshet('context ls -o wide')
    expect(out).toMatch(/^\* {2}staging +http/m)
    expect(out).toMatch(/^ {3}production +http.* https:\/\/gateway\.example /m)
    expect((await freshet('context ls -o name')).out).toBe('staging\nproduction\n')
  })

  it('is removed by its name, and is the current one no more', async () => {
    await set('staging')
    await set('other')
    expect((await freshet('context rm staging')).out).toContain('no context is the current one now')
    expect((await freshet('context ls -o name')).out).toBe('other\n')
    expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({ current: null })
    expect((await freshet('context rm staging')).code).toBe(3)
  })

  it('is shown by its name; without a name, the chosen installation and what names it', async () => {
    await set('staging')
    await set('other', ' --gateway https://gateway.example')
    expect((await freshet('context show other')).out).toMatch(/^name +other\n.*gateway +https:/s)
    expect((await freshet('context show')).out).toMatch(/^named by +context staging\n/)
    const env = { FRESHET_CONTEXT: 'other' }
    expect((await freshet('context show', env)).out).toMatch(/^named by +context other\n/)
    await freshet('context rm staging')
    expect(await freshet('context show')).toMatchObject({ code: 3, out: '' })
  })

  it('that does not exist ends with 3, and the nearest name is shown', async () => {
    await set('staging')
    const { code, err } = await freshet('context use stagign')
    expect(code).toBe(3)
    expect(err).toContain('try: freshet context use staging')
  })

  it.each([
    ['an http address of another machine', 'set x --url http://console.example'],
    ['a gateway in clear', 'set x --url https://a.example --gateway http://b.example'],
    ['a name that is none', 'set ../x --url https://a.example'],
  ])('is refused with %s', async (_, line) => {
    expect(await freshet(`context ${line}`)).toMatchObject({ code: 2, out: '' })
  })

  it('is not used while others can change the file', async () => {
    await set('staging')
    await chmod(path(), 0o664)
    const { code, err } = await freshet('edge ls')
    expect([code, server.requests]).toEqual([2, []])
    expect(err).toContain(`try: chmod 600 ${path()}`)
    await chmod(path(), 0o600)
    expect((await freshet('edge ls')).code).toBe(0)
  })
})
