import { loggedChange } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { changeJson } from './wire.ts'

it.each([
  ['claim', 'reduce', 'reduce'],
  ['account', null, 'kill'],
  ['cut-off', null, 'kill'],
  ['deny', null, 'kill'],
  ['activate', null, null],
])(
  'a change of kind %s and class %s is told in the class that it is measured in: %s',
  (kind, own, expected) => {
    const { class: named } = changeJson(loggedChange({ kind, class: own }), { persons: true })
    expect(named).toBe(expected)
  },
)
