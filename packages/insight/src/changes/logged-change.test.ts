import { loggedChange } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { changeJson } from './logged-change.ts'

it.each([
  ['claim', 'reduce', 'reduce'],
  ['account', null, 'kill'],
  ['cut-off', null, 'kill'],
  ['deny', null, 'kill'],
  ['activate', null, null],
])(
  'a change of kind %s and class %s is answered with the class that it is measured in: %s',
  (kind, own, expected) => {
    expect(changeJson(loggedChange({ kind, class: own })).class).toBe(expected)
  },
)
