import { partitionOf, type Claim, type Registry } from '@freshet/domain'
import { acmeRegistry, AMY, decisionTeller, groupsChange } from '@freshet/testkit'
import { expect, test } from 'vitest'

const P = partitionOf(AMY)

/** The registry in which groups can have only these values. */
function listing(values: Claim['values']): Registry {
  const registry = acmeRegistry()
  const claims = [...registry.claims].map(([name, claim]): [string, Claim] => [
    name,
    name === 'groups' && values !== undefined ? { ...claim, values } : claim,
  ])
  return { ...registry, claims: new Map(claims) }
}

/** What becomes of `set` to a and b, where the claim had b before. */
function told(values: Claim['values'], op: 'set' | 'add' | 'remove' = 'set') {
  const at = decisionTeller(listing(values))
  at.tell(groupsChange('c1', AMY, { op: 'set', values: ['b'], n: 1 }), P)
  return at.tell(groupsChange('c2', AMY, { op, values: ['a'], n: 2 }), P)
}

test.each(['set', 'add'] as const)(
  'rule 20: %s of a value that is not listed puts the claim in doubt, and makes its tokens stale',
  (op) => {
    const { claims, doubts, watermarks, quarantine } = told(['b'], op)
    expect(claims).toEqual([])
    expect(doubts).toMatchObject([{ claim: 'groups', raised: true, settled: false }])
    expect(watermarks).toMatchObject([{ scope: { kind: 'subject', claim: 'groups' } }])
    expect(quarantine).toMatchObject([{ code: 'event.malformed' }])
    expect(JSON.stringify(quarantine[0]?.rule)).not.toContain('a"')
  },
)

test.each<[string, Claim['values'], 'set' | 'remove']>([
  ['a listed value', ['a', 'b'], 'set'],
  ['any value where none are listed', undefined, 'set'],
  ['a value that is not listed, taken away', ['b'], 'remove'],
])('control: %s raises no doubt', (_, values, op) => {
  const { doubts, quarantine } = told(values, op)
  expect([doubts, quarantine]).toEqual([[], []])
})
