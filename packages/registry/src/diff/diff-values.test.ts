import { exampleClaim, exampleRegistry } from '@freshet/testkit'
import { expect, it } from 'vitest'
import type { Claim, Registry } from '@freshet/protocol'
import { diffRegistries } from './diff-registries.ts'

const groups = exampleClaim('groups', 'hr')

const groupsOf = (values: Claim['values'], pattern: string | undefined): Claim => ({
  ...groups,
  ...(values === undefined ? {} : { values }),
  ...(pattern === undefined ? {} : { pattern }),
})

const having = (values: Claim['values'], pattern?: string): Registry =>
  exampleRegistry([], [groupsOf(values, pattern)])

const corroboratedBy = (corroborates?: string): Registry => ({
  ...having(undefined),
  claims: new Map([['groups', { ...groups, ...(corroborates && { corroborates }) }]]),
})

const differences = (before: Registry, after: Registry): readonly string[] =>
  diffRegistries(before, after).map(
    ({ effect, needsMinimum, sentence }) => `${effect}${needsMinimum ? '!' : ''} ${sentence}`,
  )

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
  expect(differences(having(before), having(after))).toEqual(expected)
})

const FEWER = 'tightens! claim groups can have fewer values'
const MORE = 'widens claim groups can have more values'

it.each<[string, Registry, Registry, readonly string[]]>([
  ['asked for at all', having(undefined), having(undefined, 'a+'), [FEWER]],
  ['not asked for any more', having(undefined, 'a+'), having(undefined), [MORE]],
  // The difference compares no two patterns, so a possible loss counts as a loss.
  ['another', having(undefined, 'a'), having(undefined, 'a+'), [FEWER, MORE]],
  ['in place of a list that it has', having(['a']), having(undefined, 'a+'), [MORE]],
  ['in place of a list that it lacks', having(['b']), having(undefined, 'a+'), [FEWER, MORE]],
  ['replaced by a list', having(undefined, 'a+'), having(['a']), [FEWER]],
  ['another, which takes a listed value away', having(['a'], '.'), having(['a'], 'b'), [FEWER]],
  [
    'another, without effect on a list',
    having(['a'], '.'),
    having(['a'], 'a'),
    ['other `pattern` of claim groups is another, and its values are the same'],
  ],
])('the form of the values of a claim, %s', (_, before, after, expected) => {
  expect(differences(before, after)).toEqual(expected)
})

it('a second source takes away until it has stated the claim; without it one source is enough', () => {
  const sentence = (source: string): string =>
    `tightens! claim groups is corroborated by source ${source}: it is in doubt until a complete snapshot of ${source} ends`
  expect(differences(corroboratedBy(), corroboratedBy('iga'))).toEqual([sentence('iga')])
  expect(differences(corroboratedBy('iga'), corroboratedBy('dir'))).toEqual([sentence('dir')])
  const alone = 'widens claim groups has one source'
  expect(differences(corroboratedBy('iga'), corroboratedBy())).toEqual([alone])
  expect(differences(corroboratedBy('iga'), corroboratedBy('iga'))).toEqual([])
})
