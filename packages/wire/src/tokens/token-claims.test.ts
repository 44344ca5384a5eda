import { describe, expect, it } from 'vitest'
import { encodeActClaim, encodeFreshetClaim, readToken } from './token-claims.ts'

const payload = {
  iss: 'https://tokens.acme.example',
  sub: 'alice',
  aud: ['payments'],
  exp: 1_795_514_700,
  iat: 1_795_514_400,
  jti: 'at-1',
  client_id: 'payments-web',
  scope: 'openid',
  groups: ['staff', 7],
  level: 3,
  address: { street: 'x' },
  freshet: { e: '1', s: '43117', c: '912', pv: 3, tenant: 'acme' },
}
const party = {
  subject: { tenant: 'acme', iss: 'https://idp', sub: 'bot' },
  label: { e: 1n, s: 2n, c: 3n },
}

describe('the payload of an access token (RFC 9068)', () => {
  it('gives the label, and the claims that hold values, and no registered claim', () => {
    const token = readToken(payload, 'k1')
    expect(token).toMatchObject({
      tenant: 'acme',
      kid: 'k1',
      jti: 'at-1',
      client: 'payments-web',
      pv: 3,
    })
    expect(token.parties[0].label).toEqual({ e: 1n, s: 43_117n, c: 912n })
    expect(token.claims).toEqual(
      new Map<string, unknown>([
        ['groups', ['staff', 7]],
        ['level', [3]],
      ]),
    )
  })

  it('names a subject of the issuer itself where it names no identity provider', () => {
    expect(readToken(payload, 'k').parties[0].subject.iss).toBe('https://tokens.acme.example')
    const freshet = { ...payload.freshet, subiss: 'https://idp' }
    expect(readToken({ ...payload, freshet }, 'k').parties[0].subject.iss).toBe('https://idp')
  })

  it.each([
    ['/exp', { exp: 1e300 }],
    ['/exp', { exp: undefined }],
    ['/aud', { aud: [] }],
    ['/client_id', { client_id: undefined }],
    ['/freshet/s', { freshet: { ...payload.freshet, s: 43_117 } }],
    ['/freshet', { freshet: undefined }],
    ['/freshet/critical', { freshet: { ...payload.freshet, critical: ['only'] } }],
    ['/act/freshet', { act: { iss: 'i', sub: 'bot' } }],
  ])('is refused at %s', (place, change) => {
    expect(() => readToken({ ...payload, ...change }, 'k')).toThrow(new RegExp(`at ${place}$`))
  })

  it('is refused with more actors than four, and with one that carries no label (rule 24)', () => {
    const act = encodeActClaim([party, party, party, party, party])
    expect(() => readToken({ ...payload, act }, 'k')).toThrow(/more than 4 actors/)
    const unlabelled = { ...encodeActClaim([party]), act: { iss: 'i', sub: 's' } }
    expect(() => readToken({ ...payload, act: unlabelled }, 'k')).toThrow(/act/)
  })

  it('names the claims that its scopes are derived from, and a reader must know that it does', () => {
    const freshet = encodeFreshetClaim(party.label, { pv: 3, tenant: 'acme', scopedBy: ['groups'] })
    expect(freshet).toMatchObject({ scopedBy: ['groups'], critical: ['scopedBy'] })
    expect(readToken({ ...payload, freshet }, 'k')).toMatchObject({ scopedBy: ['groups'] })
    const unknown = { ...freshet, critical: ['scopedBy', 'unless'] }
    expect(() => readToken({ ...payload, freshet: unknown }, 'k')).toThrow(/critical/)
    expect(() =>
      readToken({ ...payload, freshet: { ...freshet, scopedBy: 'groups' } }, 'k'),
    ).toThrow(/scopedBy/)
  })

  it('that is no object is refused', () => {
    for (const each of [null, 'x', []]) expect(() => readToken(each, 'k')).toThrow(/at the payload/)
  })
})
