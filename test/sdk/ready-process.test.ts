import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKey, type NamedJwk } from '@freshet/wire'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '@freshet/owned-dir'

/** A service as the README shows it: nothing listens before `ready`. */
const SERVICE = `
import { createEdge } from '@freshet/edge'
import { kafkaRevocations } from '@freshet/kafka'
const [issuer, broker, action] = process.argv.slice(1)
const edge = await createEdge({
  issuer, audience: 'payments', revocations: kafkaRevocations({ brokers: [broker] }),
})
if (action === 'wait') setTimeout(() => { console.log('still waiting'); process.exit(0) }, 3_000).unref()
const options = action === 'wait' ? undefined : { timeoutMs: 3_000 }
const error = await edge.ready(options).catch((reason) => reason)
console.log(error.code, error.message)
await edge.close()
console.log('closed')
`

interface Ended {
  readonly code: number
  readonly out: string
}

/** Runs the service in a process of its own, with the built packages. */
function serve(issuer: string, broker: string, action: 'wait' | 'time out'): Promise<Ended> {
  return new Promise((resolve) => {
    const args = ['--input-type=module', '--eval', SERVICE, issuer, broker, action]
    const child = execFile(
      process.execPath,
      args,
      { cwd: import.meta.dirname, timeout: 100_000 },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out: out + err }),
    )
  })
}

let keys: readonly NamedJwk[]
let authority: Server | undefined
let nowhere: string

beforeAll(async () => {
  const made = await Promise.all([generateKey('ES256', 't-1'), generateKey('EdDSA', 'c-1')])
  keys = made.map(({ publicJwk }) => publicJwk)
  const [port] = await freePorts(1)
  nowhere = `127.0.0.1:${port}`
})

afterEach(() => {
  authority?.closeAllConnections()
  authority?.close()
  authority = undefined
})

/** Starts an authority that publishes keys, and nothing else. */
async function publishKeys(): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const set = { keys: keys.filter(({ kty }) => (kty === 'OKP') === url.includes('checkpoints')) }
    const metadata = { issuer, jwks_uri: `${issuer}/jwks.json` }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(url.includes('oauth-authorization-server') ? metadata : set))
  })
  authority = server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return issuer
}

describe('a process that awaits ready() before it listens', () => {
  it('stays alive while the authority is away', async () => {
    const { code, out } = await serve(`http://${nowhere}`, nowhere, 'wait')
    expect([code, out]).toEqual([0, 'still waiting\n'])
  })

  it('stays alive while Kafka is away', async () => {
    const { code, out } = await serve(await publishKeys(), nowhere, 'wait')
    expect([code, out]).toEqual([0, 'still waiting\n'])
  })

  it('learns after its timeout that the keys of the authority are not known, and closes', async () => {
    const { code, out } = await serve(`http://${nowhere}`, nowhere, 'time out')
    expect(code).toBe(0)
    expect(out).toMatch(/^edge\.not-live The edge is not ready after 3 s: the keys of http:/)
    expect(out).toMatch(/keys\.unavailable: Cannot read .*Check that the authority answers/)
    expect(out).toMatch(/\nclosed\n$/)
  })

  it('learns after its timeout that Kafka does not answer, and closes', async () => {
    const { code, out } = await serve(await publishKeys(), nowhere, 'time out')
    expect(code).toBe(0)
    expect(out).toMatch(/^edge\.not-live .* freshet\.revocations\.v1 cannot be read/)
    expect(out).toMatch(/broker\.unavailable/)
    expect(out).toMatch(/\nclosed\n$/)
  })
})
