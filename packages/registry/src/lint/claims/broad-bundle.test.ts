import type { Audience, Claim, Route } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { broadBundle, BROAD_GRANTS_BYTES } from '../audiences/audience-findings.ts'

const claim = (maxBytes: number | undefined, more: Partial<Claim> = {}): Claim =>
  ({
    kind: 'authoritative',
    polarity: 'grant',
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...more,
  }) as Claim
const route = (risk: Route['risk']): Route => ({ require: new Map(), risk, policies: [] })
const audience = (routes: readonly Route[], maxBytes?: number): Audience => ({
  name: 'payments',
  claims: [],
  ttlMs: 1,
  routes: new Map(routes.map((each, n) => [`GET /${n}`, each])),
  ...(maxBytes === undefined ? {} : { maxBytes }),
})
const codes = (of: Audience, ...claims: readonly Claim[]): readonly string[] =>
  broadBundle(of, claims, '/audiences/payments').map(({ code, place }) => `${code} ${place}`)

const BROAD = ['audience.broad-bundle /audiences/payments/claims']
const half = claim(BROAD_GRANTS_BYTES / 2)
const normal = audience([route('normal')])

describe('a broad bundle of grants', () => {
  it('is found by the bytes of all claims together, at the most that the audience allows', () => {
    expect(codes(normal, half, half)).toEqual([])
    expect(codes(normal, half, half, claim(1))).toEqual(BROAD)
    expect(codes(audience([route('normal')], BROAD_GRANTS_BYTES), half, half, claim(1))).toEqual([])
  })

  it('is accepted where every route has the authority judge, and nowhere else', () => {
    const broad = claim(BROAD_GRANTS_BYTES + 1)
    expect(codes(audience([route('high'), route('high')]), broad)).toEqual([])
    expect(codes(audience([route('high'), route('normal')]), broad)).toEqual(BROAD)
    expect(codes(audience([]), broad)).toEqual(BROAD)
  })

  it('counts no restriction, nothing that is only shown, and no claim without a limit', () => {
    const much = BROAD_GRANTS_BYTES + 1
    const others = [claim(much, { polarity: 'restrict' }), claim(much, { kind: 'descriptive' })]
    expect(codes(normal, ...others, claim(undefined))).toEqual([])
  })
})
