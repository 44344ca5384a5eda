import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOfPage } from './page-code.ts'

/** The payload of a token with the subject alice. The middleware leaves the signature to the sidecar. */
const TOKEN = `e30.${Buffer.from('{"sub":"alice"}').toString('base64url')}.x`
/** Drives the middleware as a server does, and prints the messages that it and the application send. */
const DRIVER = `
import asyncio, json, sys
from async_freshet import AsgiFreshet

async def application(scope, receive, send):
    await send({"type": "reached", "subject": scope.get("subject")})

def ask(token, require, name):
    if token == "${TOKEN}" and require == {"groups": ["a"]}:
        return {"decision": "allow"}
    return {"decision": "challenge", "status": 401, "code": "token.missing", "wwwAuthenticate": "Bearer"}

async def main():
    scope = json.loads(sys.argv[1])
    scope["headers"] = [(name.encode(), value.encode()) for name, value in scope.get("headers", [])]
    messages = []
    async def send(message):
        messages.append(message)
    routes = {"POST /approve": {"groups": ["a"]}, "WEBSOCKET /live": {"groups": ["a"]}}
    await AsgiFreshet(application, ask, routes)(scope, None, send)
    print(json.dumps(messages, default=lambda each: each.decode()))

asyncio.run(main())
`

const hasInterpreter = spawnSync('python3', ['--version']).status === 0

describe.runIf(hasInterpreter)('the ASGI middleware of docs/python.md', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'freshet-asgi-'))
    for (const [path, code] of codeOfPage('python.md')) await writeFile(join(folder, path), code)
    await writeFile(join(folder, 'driver.py'), DRIVER)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const sentFor = (scope: object): unknown => {
    const args = [join(folder, 'driver.py'), JSON.stringify(scope)]
    const { stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8' })
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout)
  }
  const own = ['authorization', `Bearer ${TOKEN}`]
  const approve = { type: 'http', method: 'POST', path: '/approve' }
  const live = { type: 'websocket', path: '/live' }
  const reached = [{ type: 'reached', subject: 'alice' }]
  const refused = (status: number) => [
    expect.objectContaining({ type: 'http.response.start', status }),
    expect.objectContaining({ type: 'http.response.body' }),
  ]

  it('passes an allowed request and an allowed WebSocket on, with the subject', () => {
    expect(sentFor({ ...approve, headers: [own] })).toEqual(reached)
    expect(sentFor({ ...live, headers: [own] })).toEqual(reached)
  })

  it('refuses a request without a token, with two of them, or to a route without a row', () => {
    expect(sentFor(approve)).toEqual(refused(401))
    expect(sentFor({ ...approve, headers: [own, own] })).toEqual(refused(401))
    expect(sentFor({ ...approve, method: 'GET', headers: [own] })).toEqual(refused(403))
  })

  it('closes a refused WebSocket before it begins', () => {
    const closed = [{ type: 'websocket.close', code: 3000 }]
    expect(sentFor(live)).toEqual(closed)
    expect(sentFor({ ...live, path: '/other', headers: [own] })).toEqual(closed)
  })

  it('passes the events of the lifespan on', () => {
    expect(sentFor({ type: 'lifespan' })).toEqual([{ type: 'reached', subject: null }])
  })
})
