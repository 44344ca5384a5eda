import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openInBrowser, writeLoginFile } from '../../browser/open-in-browser.ts'
import { CLI_VERSION } from '../../installation/cli-version.ts'
import { answeringServer, type AnsweringServer } from '../../../test/answering-server.ts'
import { recordedRun } from '../../../test/recorded-run.ts'
import type { DevFile } from '../../stack/dev-file.ts'

let dir: string
let server: AnsweringServer
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-client-'))
  server = await answeringServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

describe('version', () => {
  it('is that of this program where no service is named', async () => {
    const { code, out } = await recordedRun('version', { cwd: dir })
    expect([code, out]).toEqual([0, `freshet  ${CLI_VERSION}\n`])
  })

  it('is that of each service that the environment names, and marks another version', async () => {
    server.answers = { 'GET /readyz': [200, {}], 'GET /v1/version': [200, { version: '0.0.9' }] }
    const env = { FRESHET_URL: server.url, FRESHET_GATEWAY_URL: 'http://127.0.0.1:9' }
    const { code, out } = await recordedRun('version', { cwd: dir, env })
    expect([code, out]).toEqual([
      0,
      `freshet  ${CLI_VERSION}\nconsole  0.0.9 (another version)\ngateway  no answer\n`,
    ])
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(['', ''])
  })

  it('asks no service with --client', async () => {
    const env = { FRESHET_URL: server.url }
    await recordedRun('version --client', { cwd: dir, env })
    expect(server.requests).toEqual([])
  })
})

describe('open', () => {
  it('prints the address of a page, and asks nothing', async () => {
    const env = { FRESHET_URL: server.url, FRESHET_TOKEN: 'secret-token' }
    const { code, out } = await recordedRun('open slos --print', { cwd: dir, env })
    expect([code, out, server.requests]).toEqual([0, `${server.url}/slos\n`, []])
  })

  it('gives the address to the program that BROWSER names', async () => {
    const browser = join(dir, 'browser')
    const opened = join(dir, 'opened')
    await writeFile(browser, `#!/bin/sh\nprintf %s "$1" > '${opened}'\n`, { mode: 0o700 })
    await openInBrowser('http://127.0.0.1:1/slos', { PATH: '/bin', BROWSER: browser })
    await expect
      .poll(() => readFile(opened, 'utf8').catch(() => ''))
      .toBe('http://127.0.0.1:1/slos')
  })

  it('names the way out where no program opens it', async () => {
    const env = { FRESHET_URL: server.url, BROWSER: join(dir, 'no-such-browser') }
    const { code, out, err } = await recordedRun('open', { cwd: dir, env })
    expect([code, out]).toEqual([1, `${server.url}/\n`])
    expect(err).toContain('set BROWSER')
  })

  it('logs in at a stack by a file that its owner alone can read, not by an argument', async () => {
    const dev = { admin: { token: 'secret-token' } } as DevFile
    const at = 'http://127.0.0.1:1/slos'
    const url = await writeLoginFile({ file: join(dir, 'dev.json'), dev }, at)
    expect(url).not.toContain('secret-token')
    const page = fileURLToPath(url)
    expect((await stat(page)).mode & 0o777).toBe(0o600)
    expect(await readFile(page, 'utf8')).toContain(`url=${at}#token=secret-token"`)
  })
})
