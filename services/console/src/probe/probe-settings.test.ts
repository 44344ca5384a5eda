import { adminTokenHash } from '@freshet/runtime'
import { describe, expect, it } from 'vitest'
import { consoleConfig } from '../config.ts'

const PROBES = {
  DATABASE_URL: 'postgres://localhost/freshet',
  KAFKA_BROKERS: 'localhost:9092',
  FRESHET_REGISTRY: 'registry.yaml',
  FRESHET_ISSUER: 'https://tokens.acme.example',
  FRESHET_ADMIN_TOKENS: `ann:admin:${adminTokenHash('x')}`,
  FRESHET_GATEWAY_URL: 'https://gateway.acme.example',
  FRESHET_PROBE_KEYS: '{"source":{},"idp":{},"clientSecret":"s"}',
}
const withEdges = (FRESHET_PROBE_EDGES: string, more = {}) =>
  consoleConfig({ ...PROBES, FRESHET_PROBE_EDGES, ...more })

describe('the edges that probes are shown to', () => {
  it('are refused by http on another machine, by the name of the first', () => {
    const edges = 'near=http://127.0.0.1:7074,far=http://edge.acme.example'
    expect(() => withEdges(edges)).toThrow(/FRESHET_PROBE_EDGES: far is an http address/)
  })

  it.each([
    ['by https', 'far=https://edge.acme.example', {}],
    ['on loopback', 'near=http://localhost:7074', {}],
    ['where it is accepted', 'far=http://edge.test', { FRESHET_PROBE_ALLOW_PLAINTEXT: 'true' }],
  ])('control: are taken %s', (_, edges, more) => {
    expect(withEdges(edges, more).probeEdges?.size).toBe(1)
  })
})
