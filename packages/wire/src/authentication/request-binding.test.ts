import { describe, expect, it } from 'vitest'
import { bindingOf, contentDigest, requireBinding, type BoundRequest } from './source-assertion.ts'

const body = Buffer.from('{"hello": "world"}')
const url = 'https://gateway.example/v1/changes'
const request: BoundRequest = { method: 'POST', url, body }
const whole = { htm: 'POST', htu: url, content_digest: contentDigest(body) }
const check = (claims: object, isRequired = false, sent = request) =>
  requireBinding(bindingOf({ ...claims }), sent, isRequired)

describe('the binding of an assertion to its request', () => {
  it('has the digest of RFC 9530', () => {
    // The example of appendix B.2 there.
    expect(contentDigest(Buffer.from('{"hello": "world"}\n'))).toBe(
      'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
    )
  })

  it('holds for the request that it names, and nothing is asked where nothing is required', () => {
    for (const isRequired of [true, false]) check(whole, isRequired)
    check({ ...whole, htu: `${url}?tenant=acme#x` }, true)
    check({})
  })

  it.each([
    ['htm', { htm: 'GET' }],
    ['htm', { htm: 7 }],
    ['htu', { htu: 'https://gateway.example/v1/heartbeats' }],
    ['htu', { htu: 'https://other.example/v1/changes' }],
    ['htu', { htu: 'no url' }],
    ['content_digest', { content_digest: contentDigest(Buffer.from('{}')) }],
    ['content_digest', { content_digest: 'sha-512=:AAAA:' }],
    ['content_digest', { content_digest: null }],
  ])('is checked whenever it is there: %s', (name, change) => {
    expect(() => check({ ...whole, ...change })).toThrow(
      expect.objectContaining({
        code: 'event.unauthentic',
        message: expect.stringContaining(name) as string,
      }),
    )
    expect(() => check(change)).toThrow(name)
  })

  it.each(['htm', 'htu', 'content_digest'])('needs %s where it is required', (name) => {
    expect(() => check({ ...whole, [name]: undefined }, true)).toThrow(`needs ${name}`)
  })

  it('needs no digest of an empty body', () => {
    const bound = { method: 'GET', url, body: new Uint8Array() }
    check({ htm: 'GET', htu: url }, true, bound)
  })
})
