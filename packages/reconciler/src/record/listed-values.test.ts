import { partitionOf, type Claim, type Registry } from '@freshet/protocol'
import { acmeRegistry, AMY, createDecider, groupsChange } from '@freshet/testkit'
import { expect, test } from 'vitest'

const P = partitionOf(AMY)

/** The registry in which groups can have only some values. */
function listing(more: Partial<Claim>): Registry {
  const registry = acmeRegistry()
  const claims = [...registry.claims].map(([name, claim]): [string, Claim] => [
    name,
    name === 'groups' ? { ...claim, ...more } : claim,
  ])
  return { ...registry, claims: new Map(claims) }
}

/** Decides a change to a, of a claim that had b before. */
function decided(more: Partial<Claim>, op: 'set' | 'add' | 'remove' = 'set') {
  const at = createDecider(listing(more))
  at.decide(groupsChange('c1', AMY, { op: 'set', values: ['b'], n: 1 }), P)
  return at.decide(groupsChange('c2', AMY, { op, values: ['a'], n: 2 }), P)
}

test.each<['set' | 'add', string, Partial<Claim>]>([
  ['set', 'is not listed', { values: ['b'] }],
  ['add', 'is not listed', { values: ['b'] }],
  ['set', 'has another form', { pattern: '[b-z]' }],
  ['add', 'has another form', { pattern: '[b-z]' }],
])(
  'rule 20: %s of a value that %s puts the claim in doubt, and makes its tokens stale',
  (op, _, more) => {
    const { claims, doubts, watermarks, quarantine } = decided(more, op)
    expect(claims).toEqual([])
    expect(doubts).toMatchObject([{ claim: 'groups', raised: true, settled: false }])
    expect(watermarks).toMatchObject([{ scope: { kind: 'subject', claim: 'groups' } }])
    expect(quarantine).toMatchObject([{ code: 'event.malformed' }])
    expect(JSON.stringify(quarantine[0]?.rule)).not.toContain('a"')
  },
)

test.each<[string, Partial<Claim>, 'set' | 'remove']>([
  ['a listed value', { values: ['a', 'b'] }, 'set'],
  ['a value of the form', { pattern: '[a-b]' }, 'set'],
  ['any value where none are listed', {}, 'set'],
  ['a value that is not listed, taken away', { values: ['b'] }, 'remove'],
  ['a value of another form, taken away', { pattern: '[b-z]' }, 'remove'],
])('control: %s raises no doubt', (_, more, op) => {
  const { doubts, quarantine } = decided(more, op)
  expect([doubts, quarantine]).toEqual([[], []])
})
