import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { testAuthority, type Issued } from '../setup/certificates.ts'
import {
  plansWithoutStores,
  startService,
  type PlansWithoutStores,
  type StartedService,
} from '../setup/start-service.ts'

const SERVICES = ['gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const
/** The time within which a slow machine starts a service. */
const LIVES_WITHIN_MS = 45_000
/** More connections of one address than a server holds without a whole head. */
const CONNECTIONS = 300
const OPENED_AT_ONCE = 50
const LEFT_MAX = 256
const HALF_HEAD = 'GET /livez HTTP/1.1\r\nhost: a\r\n'
const authority = testAuthority('The CA of a test')

let plans: PlansWithoutStores
let dir: string
let files: Readonly<Record<'FRESHET_TLS_CERT_FILE' | 'FRESHET_TLS_KEY_FILE', string>>

beforeAll(async () => {
  plans = await plansWithoutStores()
  dir = await mkdtemp(join(tmpdir(), 'freshet-tls-'))
  files = {
    FRESHET_TLS_CERT_FILE: join(dir, 'cert.pem'),
    FRESHET_TLS_KEY_FILE: join(dir, 'key.pem'),
  }
  await install(issued('first'))
})
afterAll(async () => {
  await plans[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const issued = (commonName: string): Issued =>
  authority.issue({ commonName, addresses: ['127.0.0.1'] })

async function install({ cert, key }: Issued): Promise<void> {
  await writeFile(files.FRESHET_TLS_KEY_FILE, key, { mode: 0o600 })
  await writeFile(files.FRESHET_TLS_CERT_FILE, cert)
}

/** The status of an answer and the name in the certificate, or the message of the error. */
function ask(url: string, path = '/livez', agent: Agent | false = false): Promise<string> {
  const at = new URL(path, url.replace('http:', 'https:'))
  return new Promise((resolve) => {
    get(at, { ca: authority.ca, agent }, (answer) => {
      // A connection that the server has just cut has no certificate any more.
      const sent: Partial<PeerCertificate> = (answer.socket as TLSSocket).getPeerCertificate()
      const name = sent.subject?.CN
      answer.resume().once('end', () => resolve(`${answer.statusCode} ${String(name)}`))
    }).once('error', ({ message }) => resolve(message))
  })
}

/** Opens a connection that sends a half head. Resolves when it is encrypted, or closed. */
async function openHalf(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.ca })
  socket.on('error', () => undefined)
  // A server that waited too long for the head answers 408. Nothing ends before that answer is read.
  socket.resume()
  await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve))
  socket.write(HALF_HEAD)
  return socket
}

/** Opens the connections of a flood, some at a time. */
async function openConnections(port: number): Promise<readonly TLSSocket[]> {
  const sockets: TLSSocket[] = []
  while (sockets.length < CONNECTIONS) {
    const batch = Array.from({ length: OPENED_AT_ONCE }, () => openHalf(port))
    sockets.push(...(await Promise.all(batch)))
  }
  return sockets
}

async function untilLive({ url }: StartedService, name: string): Promise<void> {
  await until(`an answer of ${url}`, LIVES_WITHIN_MS, async () =>
    (await ask(url)) === `200 ${name}` ? true : undefined,
  )
}

describe.each(SERVICES)('%s with a certificate of its own', (name) => {
  it('answers by TLS alone, and names its address so', async () => {
    const service = startService(plans.of(name), files)
    try {
      await untilLive(service, 'first')
      await expect(fetch(`${service.url}/livez`)).rejects.toThrow('fetch failed')
    } finally {
      await service.end()
    }
  })

  it('ends with 2 where the key is missing', async () => {
    const { FRESHET_TLS_CERT_FILE } = files
    const { exited, output } = startService(plans.of(name), { FRESHET_TLS_CERT_FILE })
    expect(await exited).toEqual([2, null])
    expect(output()).toContain('FRESHET_TLS_CERT_FILE and FRESHET_TLS_KEY_FILE belong together')
  })
})

describe('a sidecar with a certificate of its own', () => {
  let sidecar: StartedService

  beforeAll(async () => {
    sidecar = startService(plans.of('sidecar'), files)
    await untilLive(sidecar, 'first')
  })
  afterAll(() => sidecar.end())

  it('decides by TLS on its port for proxies, too', async () => {
    expect(await ask(sidecar.proxyUrl, '/authz/generic')).toMatch(/^(401|403) first$/)
  })

  it('uses a replaced certificate, and none whose key is another', async () => {
    const [other, last] = [issued('other'), issued('last')]
    await writeFile(files.FRESHET_TLS_CERT_FILE, other.cert)
    await expect.poll(() => sidecar.output()).toContain('the key is not that of the certificate')
    expect(await ask(sidecar.url)).toBe('200 first')
    await install(last)
    await expect.poll(() => ask(sidecar.url)).toBe('200 last')
  })

  it('bounds connections without a whole head, and keeps the one that sent its head', async () => {
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    expect(await ask(sidecar.url, '/livez', kept)).toMatch(/^200 /)
    const [held] = Object.values(kept.freeSockets).flat()
    const port = Number(new URL(sidecar.url).port)
    const attack = { isOver: false }
    const opened = openConnections(port).finally(() => (attack.isOver = true))
    // On a busy machine the flood takes longer than an idle connection is kept, so this one is never idle.
    while (!attack.isOver) await ask(sidecar.url, '/livez', kept)
    const sockets = await opened
    const open = (): number =>
      sockets.filter(({ closed, destroyed }) => !closed && !destroyed).length
    await expect.poll(open).toBeLessThanOrEqual(LEFT_MAX)
    expect(await ask(sidecar.url)).toMatch(/^200 /)
    expect(held?.destroyed).toBe(false)
    expect(await ask(sidecar.url, '/livez', kept)).toMatch(/^200 /)
    kept.destroy()
    for (const socket of sockets) socket.destroy()
  })
})

describe.runIf(process.platform !== 'win32')('a service whose key every user can read', () => {
  it('ends with 2 and names the variable', async () => {
    await chmod(files.FRESHET_TLS_KEY_FILE, 0o644)
    const { exited, output } = startService(plans.of('sidecar'), files)
    expect(await exited).toEqual([2, null])
    expect(output()).toContain('FRESHET_TLS_KEY_FILE: every user of this machine can open')
    await chmod(files.FRESHET_TLS_KEY_FILE, 0o600)
  })
})
