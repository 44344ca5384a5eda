import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Health } from '@freshet/insight'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedCause, fixedHealth, fixedStatus } from '../../test/fixed-status.ts'
import { answeringServer, type AnsweringServer } from '../../test/answering-server.ts'
import type { DevFile } from '../stack/dev-file.ts'
import { askStatus, type StatusLimits } from './ask-status.ts'

/** Limits that no test reaches: an answer that is there does not come from them. */
const PATIENT: StatusLimits = { servicesMs: 600_000, figuresMs: 600_000, unknownMs: 600_000 }
const SOON_MS = 50
const since = '2026-11-24T10:00:00.000Z'

let health: Health
/** It answers the verdict alone: every other request hangs. */
let hanging: Server
let hangingUrl: string
let answering: AnsweringServer
beforeEach(async () => {
  hanging = createServer(
    ({ url }, answer) => url === '/v1/health' && answer.end(JSON.stringify(health)),
  ).listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  hangingUrl = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`
  answering = await answeringServer()
})
afterEach(async () => {
  hanging.closeAllConnections()
  hanging.close()
  await answering[Symbol.asyncDispose]()
})

type State = NonNullable<Health['services']>[number]['state']

/** Asks a console that has this verdict on the gateway of a stack, which hangs. */
function statusWith(gateway: State, limits: Partial<StatusLimits> = {}) {
  health = fixedHealth({ services: [{ service: 'gateway', state: gateway, since }] })
  answering.answers = {
    'GET /v1/health': [200, health],
    'GET /v1/status': [200, fixedStatus()],
    'GET /v1/edges': [200, { items: [] }],
    'GET /readyz': [200, {}],
    'GET /v1/version': [200, { version: '0.1.0' }],
  }
  const { url } = answering
  const others = ['reconciler', 'authority', 'sidecar', 'sidecar:2', 'console']
  const named = Object.fromEntries(others.map((name) => [name, { url }]))
  const dev = { ...named, gateway: { url: hangingUrl } } as unknown as DevFile
  return askStatus({ url, token: 'admin' }, dev, { ...PATIENT, ...limits })
}

describe('the answer of freshet status', () => {
  it('does not wait for a service that the verdict calls down', async () => {
    const { services, figures } = await statusWith('no-answer')
    const states = Object.fromEntries(services.map(({ service, state }) => [service, state]))
    expect(states).toMatchObject({ gateway: 'no answer', reconciler: 'ready', console: 'ready' })
    expect(figures?.partitions).toEqual(fixedStatus().partitions)
  })

  it('control: waits for one that the verdict calls ready, up to its limit', async () => {
    const { services } = await statusWith('ready', { servicesMs: SOON_MS })
    expect(services.find(({ service }) => service === 'gateway')?.state).toBe('no answer')
  })

  it('has no figures soon after a verdict that is unknown, and does not wait for them', async () => {
    health = fixedHealth({ state: 'unknown', causes: [fixedCause] })
    const limits = { ...PATIENT, unknownMs: SOON_MS }
    const shown = await askStatus({ url: hangingUrl, token: 'admin' }, undefined, limits)
    expect(shown).toEqual({ health, services: [] })
  })

  it('control: waits for the figures up to their limit where the verdict is known', async () => {
    health = fixedHealth()
    const limits = { ...PATIENT, figuresMs: SOON_MS }
    const shown = await askStatus({ url: hangingUrl, token: 'admin' }, undefined, limits)
    expect(shown).toEqual({ health, services: [] })
  })
})
