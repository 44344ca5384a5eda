import { claimMapOf, TOKEN_ITSELF, withTokenItself, type JudgedToken } from '@freshet/protocol'
import { USED_MAX } from '@freshet/wire'
import { acmeRegistry } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { ClaimUses } from './claim-uses.ts'

const map = claimMapOf(acmeRegistry())
const token = { claims: new Map([['groups', ['a', 'b', 'c']]]) } as unknown as JudgedToken
const of = (name?: string) => ({ audience: 'payments', name })

describe('uses of claims', () => {
  it('are one object for the same route and claims', () => {
    const uses = new ClaimUses()
    expect(uses.of(of('r'), ['groups'], map)).toBe(uses.of(of('r'), ['groups'], map))
    expect(uses.of(of('r'), ['groups'], map)).not.toBe(uses.of(of('q'), ['groups'], map))
  })

  it('are sent until they are acknowledged, and the later ones are sent then', () => {
    const uses = new ClaimUses()
    const use = uses.of(of('r'), ['groups'], map)
    uses.count(use, token, { groups: ['a'] })
    const pending = uses.pending()
    const row = { audience: 'payments', route: 'r', claim: 'groups' }
    expect(pending).toEqual([{ ...row, decisions: 1, required: 1, needed: 1, carried: 3 }])
    uses.count(use, token)
    uses.acknowledged(pending)
    expect(uses.pending()).toMatchObject([{ decisions: 1, required: 0, needed: 0, carried: 0 }])
    uses.acknowledged(uses.pending())
    expect(uses.pending()).toEqual([])
  })

  it('are not counted for claims that no map names, nor sent under a name that no report can carry', () => {
    const uses = new ClaimUses()
    for (let n = 0; n < 5_000; n++) uses.count(uses.of(of('r'), [`x${n}`, 'groups'], map), token)
    uses.count(uses.of(of('a\nb'), ['groups'], map), token)
    expect(uses.pending()).toMatchObject([
      { route: 'r', claim: 'groups', decisions: 5_000 },
      { route: '-', claim: 'groups', decisions: 1 },
    ])
  })

  it('are not counted of the token itself, which the map of an edge names: no report could carry it', () => {
    const uses = new ClaimUses()
    const use = uses.of(of('r'), [TOKEN_ITSELF], withTokenItself(map))
    uses.count(use, token)
    expect(uses.of(of('r'), [TOKEN_ITSELF], withTokenItself(map))).toBe(use)
    expect(uses.pending()).toEqual([])
  })

  it('beyond so many routes are reported as others', () => {
    const uses = new ClaimUses(2)
    for (const name of ['a', 'b', 'c', 'd', 'a'])
      uses.count(uses.of(of(name), ['groups'], map), token)
    expect(uses.pending().map(({ route, decisions }) => [route, decisions])).toEqual([
      ['a', 2],
      ['b', 1],
      ['other', 2],
    ])
  })

  it('are sent as many as one report holds, those that were sent longest ago first', () => {
    const uses = new ClaimUses()
    const all = Array.from({ length: USED_MAX + 1 }, (_, n) =>
      uses.of(of(`r${n}`), ['groups'], map),
    )
    for (const use of all) uses.count(use, token)
    uses.acknowledged(uses.pending())
    for (const use of all) uses.count(use, token)
    expect(uses.pending()[0]?.route).toBe(`r${USED_MAX}`)
  })
})
