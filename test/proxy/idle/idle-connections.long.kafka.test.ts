import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { askRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { sidecarWorld, type SidecarWorld, type StartedSidecar } from '../../edge/started-sidecar.ts'
import { startEnvoy } from '../envoy.ts'
import { isInstalled } from '../proxy-process.ts'
import type { Edits } from '../sample.ts'

const brokers = inject('kafkaBrokers')
const isHere = isInstalled('envoy', '--version')
const WITHOUT_TIMEOUT: Edits = [[/common_http_protocol_options: .*/, '']]

it.runIf(process.env['CI'] !== undefined)('Envoy is installed where CI runs', () => {
  expect(isHere).toBe(true)
})

describe.runIf(brokers !== null && isHere)(
  'a connection without requests between Envoy and a started sidecar',
  () => {
    let behind: SidecarWorld
    let sidecar: StartedSidecar
    beforeAll(async () => {
      behind = await sidecarWorld(brokers ?? [])
      sidecar = await behind.start('idle')
    })
    afterAll(() => behind?.[Symbol.asyncDispose]())

    const firstToEnd = async (edits: Edits): Promise<End> => {
      await using between = await passThrough(Number(new URL(sidecar.proxyUrl).port))
      const ports = { sidecar: between.port, service: between.port }
      await using envoy = await startEnvoy(ports, { edits })
      const answer = await askRaw(envoy.url, { method: 'GET', target: '/approve' })
      expect(answer.status).toBe(401)
      return await between.firstEnd
    }

    it('is ended by Envoy, so that no question meets the end that the sidecar sets', async () => {
      expect(await firstToEnd([])).toBe('proxy')
    })

    it('control: is ended by the sidecar if the sample has no timeout for it', async () => {
      expect(await firstToEnd(WITHOUT_TIMEOUT)).toBe('sidecar')
    })
  },
)

type End = 'proxy' | 'sidecar'

/** Passes every byte between a proxy and a sidecar on, and sees which of them ends a connection first. */
interface PassThrough extends AsyncDisposable {
  readonly port: number
  readonly firstEnd: Promise<End>
}

async function passThrough(sidecarPort: number): Promise<PassThrough> {
  let resolve: (first: End) => void
  const firstEnd = new Promise<End>((first) => (resolve = first))
  const server = createServer((fromProxy) => {
    const toSidecar = connect(sidecarPort, '127.0.0.1')
    fromProxy.once('end', () => resolve('proxy')).on('error', () => toSidecar.destroy())
    toSidecar.once('end', () => resolve('sidecar')).on('error', () => fromProxy.destroy())
    fromProxy.pipe(toSidecar).pipe(fromProxy)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    firstEnd,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
