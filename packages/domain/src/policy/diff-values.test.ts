import { expect, it } from 'vitest'
import type { Claim, Registry } from '../registry.ts'
import { diffRegistries } from './diff-registries.ts'

const groups: Claim = {
  name: 'groups',
  source: 'hr',
  owner: 'iam',
  description: '',
  kind: 'authoritative',
  shape: 'set',
  polarity: 'grant',
  class: 'reduce',
  maxTtlMs: 600_000,
  onUnverified: 'deny',
  publish: false,
  from: [],
}

const having = (values: Claim['values']): Registry => ({
  version: 1,
  account: 'hr',
  cutOffs: [],
  tenants: new Map(),
  sources: new Map(),
  claims: new Map([['groups', { ...groups, ...(values === undefined ? {} : { values }) }]]),
  audiences: new Map(),
  clients: new Map(),
  slo: new Map(),
})

it.each<[string, Claim['values'], Claim['values'], readonly string[]]>([
  ['listed at all', undefined, ['a'], ['tightens! claim groups can have fewer values']],
  ['fewer', ['a', 'b'], ['a'], ['tightens! claim groups can have fewer values']],
  [
    'others',
    ['a'],
    ['b'],
    ['tightens! claim groups can have fewer values', 'widens claim groups can have more values'],
  ],
  [
    'a number for its digits',
    ['7'],
    [7],
    ['tightens! claim groups can have fewer values', 'widens claim groups can have more values'],
  ],
  ['more', ['a'], ['b', 'a'], ['widens claim groups can have more values']],
  ['in another order', ['a', 'b'], ['b', 'a'], []],
  ['not listed any more', ['a'], undefined, ['widens claim groups can have more values']],
])('values of a claim, %s', (_, before, after, expected) => {
  const found = diffRegistries(having(before), having(after))
  expect(
    found.map(
      ({ effect, needsMinimum, sentence }) => `${effect}${needsMinimum ? '!' : ''} ${sentence}`,
    ),
  ).toEqual(expected)
})
