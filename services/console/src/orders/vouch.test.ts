import {
  generateKey,
  importJwks,
  importSigningKey,
  orderDigest,
  verifyVoucher,
} from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { sendOrderTo } from './send-order.ts'
import { vouchBy } from './vouch.ts'

const GATEWAY = 'http://gateway.test'
const ORDER = { method: 'POST', path: '/v1/quarantine/1/drop', body: Buffer.from('{}') }
const olga = { person: { iss: 'https://idp.example', sub: 'olga' }, role: 'operator' } as const

const pairs = await Promise.all(['a', 'b'].map((kid) => generateKey('EdDSA', kid)))
const [a, b] = pairs.map(({ privateJwk }) => importSigningKey(privateJwk))
const published = importJwks({ keys: pairs.map(({ publicJwk }) => publicJwk) })
const clock = new ManualClock()
const to = { console: 'console', audience: GATEWAY, clock, randomId: () => 'id-1' }

describe('a console vouches', () => {
  it('for one person, one role and one order at its gateway, for half a minute', () => {
    const jwt = vouchBy({ ...to, keys: () => (a ? [a] : []) })(olga, ORDER)
    const nowMs = clock.nowMs()
    const voucher = verifyVoucher(jwt, { audience: GATEWAY, nowMs, keysOf: () => published })
    const order = orderDigest(ORDER)
    expect(voucher).toMatchObject({ ...olga, order, console: 'console', jti: 'id-1' })
    expect(voucher.expMs - nowMs).toBeLessThanOrEqual(30_000)
  })

  it('with the next key where the one in turn is revoked, and with none where all are', () => {
    const kidOf = (keys: Parameters<typeof vouchBy>[0]['keys']) => {
      const [head = ''] = vouchBy({ ...to, keys })(olga, ORDER).split('.')
      return (JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string }).kid
    }
    if (a === undefined || b === undefined) throw new Error('no keys')
    const stolen = { ...a, signsFromMs: 0, revokedMs: 1 }
    expect(kidOf(() => [stolen, b])).toBe('b')
    expect(() => kidOf(() => [stolen])).toThrow(/No key is allowed to sign vouchers/)
  })

  it('for nobody where it has no keys: a token of an admin is needed then', async () => {
    const send = sendOrderTo(GATEWAY)
    const order = { path: ORDER.path, body: new Uint8Array(), by: { person: olga.person } }
    await expect(send({ ...order, role: 'operator' })).rejects.toMatchObject({
      code: 'request.forbidden',
    })
  })
})
