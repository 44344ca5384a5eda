import { createHash } from 'node:crypto'
import { edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import { dpop } from './dpop.ts'
import { mtls, type MtlsOptions } from './mtls.ts'
import type { SenderProof } from './sender-proof.ts'

/** Nothing reads into a certificate: its bytes alone count. */
const DER = Buffer.from('a certificate of the client', 'utf8')
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes)
const THUMBPRINT = sha256(DER).digest('base64url')
const HEX = sha256(DER).digest('hex')
const PEM = `-----BEGIN CERTIFICATE-----\n${DER.toString('base64')}\n-----END CERTIFICATE-----\n`
const HEADER = 'X-Client-Cert'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

const bound = (): string => world.token({ claims: { cnf: { 'x5t#S256': THUMBPRINT } } })
const decide = (edge: Edge, proof?: SenderProof): ReturnType<Edge['decide']> =>
  edge.decide({ token: bound(), ...(proof && { proof }) })
const UNPROVEN = { decision: 'challenge', status: 401, code: 'token.unproven' }

describe('a token bound by cnf.x5t#S256', () => {
  it('is accepted with the certificate of the connection, and refused with another or none', async () => {
    const edge = await edges.live({ proof: mtls() })
    expect(await decide(edge, { certificate: () => DER })).toMatchObject({ decision: 'allow' })
    const other = Buffer.from('another')
    for (const proof of [{ certificate: () => other }, { certificate: () => undefined }, {}])
      expect(await decide(edge, proof)).toMatchObject(UNPROVEN)
    expect(await decide(edge)).toMatchObject(UNPROVEN)
  })

  it('is not proven by a header that is not configured', async () => {
    const edge = await edges.live({ proof: mtls() })
    const header = (): string => encodeURIComponent(PEM)
    expect(await decide(edge, { header, address: '127.0.0.1' })).toMatchObject(UNPROVEN)
  })

  it('is not proven by a DPoP proof hook, nor sent by the scheme DPoP', async () => {
    const edge = await edges.live({ proof: [dpop({ urls: ['https://a.example'] }), mtls()] })
    const certificate = () => DER
    expect(await decide(edge, { certificate })).toMatchObject({ decision: 'allow' })
    expect(await decide(edge, { certificate, scheme: 'DPoP' })).toMatchObject(UNPROVEN)
  })
})

const forms: readonly (readonly [NonNullable<MtlsOptions['form']>, string])[] = [
  ['pem-url-encoded', encodeURIComponent(PEM)],
  ['der-base64', DER.toString('base64')],
  ['der-base64', `:${DER.toString('base64')}:`],
  ['der-base64', encodeURIComponent(DER.toString('base64'))],
  ['envoy', `Hash=${HEX}`],
  ['envoy', `By=spiffe://a/b;Hash=${HEX};Subject="CN=a,O=\\"b\\";Hash=00";URI=spiffe://c`],
]
const refusedForms: readonly (readonly [NonNullable<MtlsOptions['form']>, unknown])[] = [
  ['pem-url-encoded', encodeURIComponent(PEM + PEM)],
  ['pem-url-encoded', '%'],
  ['pem-url-encoded', ''],
  ['der-base64', `${DER.toString('base64')},${DER.toString('base64')}`],
  ['der-base64', [DER.toString('base64'), DER.toString('base64')]],
  ['envoy', `Hash=${HEX},Hash=${'0'.repeat(64)}`],
  ['envoy', `Hash=${HEX};Hash=${HEX}`],
  ['envoy', `Subject=";Hash=${HEX};"`],
  ['envoy', `Subject="a;Hash=${HEX}`],
  ['envoy', undefined],
]

describe('the certificate in a header of a proxy', () => {
  const live = (form: NonNullable<MtlsOptions['form']>): Promise<Edge> =>
    edges.live({ proof: mtls({ header: HEADER, form, from: ['127.0.0.1', '10.1.0.0/16'] }) })
  const by = (value: unknown, address: string | undefined): SenderProof => ({
    header: (name) => (name === 'x-client-cert' ? value : undefined),
    address,
  })

  it.each(forms)('is read in the form %s: %s', async (form, value) => {
    const edge = await live(form)
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '10.1.2.3'])
      expect(await decide(edge, by(value, address))).toMatchObject({ decision: 'allow' })
  })

  it.each(refusedForms)('counts for nothing in the form %s: %j', async (form, value) => {
    const edge = await live(form)
    expect(await decide(edge, by(value, '127.0.0.1'))).toMatchObject(UNPROVEN)
  })

  it.each(['10.2.0.1', '::1', '192.0.2.1', 'no address', undefined])(
    'counts for nothing from %s, which the operator did not name',
    async (address) => {
      const edge = await live('envoy')
      expect(await decide(edge, by(`Hash=${HEX}`, address))).toMatchObject(UNPROVEN)
    },
  )

  it('replaces the certificate of the connection, which is the proxy’s', async () => {
    const edge = await live('envoy')
    const proof = { ...by(undefined, '127.0.0.1'), certificate: () => DER }
    expect(await decide(edge, proof)).toMatchObject(UNPROVEN)
  })
})

describe('options of mtls that cannot be meant', () => {
  it.each<MtlsOptions>([
    { header: HEADER },
    { header: HEADER, form: 'envoy' },
    { header: HEADER, form: 'envoy', from: [] },
    { header: HEADER, form: 'other' as 'envoy', from: ['127.0.0.1'] },
    { header: 'a b', form: 'envoy', from: ['127.0.0.1'] },
    { header: HEADER, form: 'envoy', from: ['proxy.example'] },
    { header: HEADER, form: 'envoy', from: ['10.0.0.0/33'] },
    { form: 'envoy' },
    { from: ['127.0.0.1'] },
  ])('%j', (options) => {
    expect(() => mtls(options)).toThrow(expect.objectContaining({ code: 'config.invalid' }))
  })
})
