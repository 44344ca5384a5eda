import { FreshetError, type ErrorCode } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { oauthError } from './oauth-error.ts'

describe('oauthError', () => {
  it.each<[ErrorCode, number, string]>([
    ['request.unauthenticated', 401, 'invalid_client'],
    ['request.malformed', 400, 'invalid_request'],
    ['request.forbidden', 400, 'unauthorized_client'],
    ['grant.unsupported', 400, 'unsupported_grant_type'],
    ['grant.forbidden', 400, 'unauthorized_client'],
    ['grant.invalid', 400, 'invalid_request'],
    ['token.invalid', 400, 'invalid_request'],
    ['grant.target', 400, 'invalid_target'],
    ['mint.too-large', 400, 'invalid_target'],
    ['mint.unverified', 503, 'temporarily_unavailable'],
    ['mint.doubtful', 503, 'temporarily_unavailable'],
    ['mint.contended', 503, 'temporarily_unavailable'],
    ['limit.reached', 429, 'temporarily_unavailable'],
    ['database.unavailable', 503, 'temporarily_unavailable'],
    ['config.invalid', 500, 'server_error'],
    ['invariant.broken', 500, 'server_error'],
  ])('answers %s with %i %s', (code, status, error) => {
    const answer = oauthError(new FreshetError(code, 'Because "this" – is so.'), 0.5)
    expect(answer).toMatchObject({ status, body: { error, code } })
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(answer.headers['retry-after']).toBe([429, 503].includes(status) ? '2' : undefined)
    expect(answer.headers['www-authenticate'] !== undefined).toBe(status === 401)
  })

  it('states when to come back: as planned, else by chance, in whole seconds', () => {
    const retryAfter = (retryAfterMs: number | undefined, random: number) => {
      const error = new FreshetError('limit.reached', 'Later.', { retryAfterMs })
      return oauthError(error, random).headers['retry-after']
    }
    expect(retryAfter(41_200, 0.99)).toBe('42')
    expect(retryAfter(1, 0.99)).toBe('1')
    const unplanned = [0, 0.2, 0.4, 0.6, 0.8, 0.99].map((random) => retryAfter(undefined, random))
    expect([...new Set(unplanned)]).toEqual(['1', '2', '3'])
  })

  it('reports nothing of an error without a class', () => {
    const answer = oauthError(new Error('postgres://user:secret@host'), 0.5)
    expect(answer.status).toBe(500)
    expect(JSON.stringify(answer)).not.toContain('secret')
  })
})
