import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readConfig, setting } from './config.ts'

const variables = {
  port: setting('FRESHET_PORT', z.coerce.number().int().default(7_070)),
  proxyPort: setting('FRESHET_PROXY_PORT', z.coerce.number().int().default(7_074)),
}
const read = (env: Record<string, string>): unknown => readConfig(env, variables)

/** The variables that a Service puts into the pods of its namespace. */
function linksOf(service: string, address: string, protocol: 'tcp' | 'udp' = 'tcp') {
  const name = `FRESHET${service}`
  const host = address.includes(':') ? `[${address}]` : address
  const port = `${name}_PORT_7070_${protocol.toUpperCase()}`
  return {
    [`${name}_SERVICE_HOST`]: address,
    [`${name}_SERVICE_PORT`]: '7070',
    [`${name}_SERVICE_PORT_HTTP_API`]: '7070',
    [`${name}_PORT`]: `${protocol}://${host}:7070`,
    [port]: `${protocol}://${host}:7070`,
    [`${port}_PROTO`]: protocol,
    [`${port}_PORT`]: '7070',
    [`${port}_ADDR`]: address,
  }
}

describe('variables that Kubernetes makes of Services', () => {
  it.each([
    ['freshet-gateway', linksOf('_GATEWAY', '10.0.0.11')],
    ['freshet-gateway, by UDP', linksOf('_GATEWAY', '10.0.0.11', 'udp')],
    ['freshet-gateway, by IPv6', linksOf('_GATEWAY', 'fd00::11')],
    ['freshet, whose name makes FRESHET_PORT', linksOf('', '10.0.0.11')],
    ['freshet-proxy, whose name makes FRESHET_PROXY_PORT', linksOf('_PROXY', '10.0.0.11')],
  ])('are passed over: %s', (_, env) => {
    expect(read(env)).toEqual({ port: 7_070, proxyPort: 7_074 })
  })

  it('hide no variable of ours: a port that is set is used beside the links of others', () => {
    const env = { ...linksOf('_GATEWAY', '10.0.0.11'), FRESHET_PORT: '9000' }
    expect(read(env)).toEqual({ port: 9_000, proxyPort: 7_074 })
  })

  it.each([
    ['FRESHET_PROT', '9000'],
    ['FRESHET_GATEWAY_SERVICE_HOST', 'gateway.example'],
    ['FRESHET_GATEWAY_SERVICE_HOTS', '10.0.0.11'],
    ['FRESHET_GATEWAY_SERVICE_PORT', 'http'],
    ['FRESHET_PROXI_PORT', '9000'],
    ['FRESHET_GATEWAY_PORT_7070_TCP', '7070'],
    ['FRESHET_GATEWAY_PORT_7070_TCP_ADDR', 'tcp'],
  ])('control: %s=%s is still a misspelt name', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(`${name}: not a known variable`)
  })
})
