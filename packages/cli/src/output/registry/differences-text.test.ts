import { expect, it } from 'vitest'
import type { ShownDifference } from '@freshet/insight/answers'
import { differencesText, minimumAdvice } from './differences-text.ts'

const shorter: ShownDifference = {
  place: '/audiences/payments/ttl',
  effect: 'tightens',
  needsMinimum: true,
  sentence: 'tokens for payments live 2m, not 5m',
}
const lease: ShownDifference = {
  place: '/sources/hr/lease',
  effect: 'tightens',
  needsMinimum: false,
  sentence: 'the lease of source hr is 4s, not 5s',
}
const added: ShownDifference = {
  place: '/audiences/ledger',
  effect: 'widens',
  needsMinimum: false,
  sentence: 'audience ledger is new',
}

it('what takes something away from tokens comes first, then what tightens, then what widens', () => {
  expect(differencesText([added, lease, shorter])).toBe(
    `takes away, also from outstanding tokens:
  /audiences/payments/ttl: tokens for payments live 2m, not 5m
tightens:
  /sources/hr/lease: the lease of source hr is 4s, not 5s
widens:
  /audiences/ledger: audience ledger is new`,
  )
  expect(differencesText([])).toBe('no difference')
})

it('the order that activates such a version has the minimum that it needs, and no other', () => {
  expect(minimumAdvice([added, lease], 2)).toBe(`freshet registry activate 2 --reason '…'`)
  expect(minimumAdvice([shorter], 2)).toBe(`freshet registry activate 2 --minimum 2 --reason '…'`)
})
