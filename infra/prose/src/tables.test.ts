import { expect, it } from 'vitest'
import { withoutPadding } from './tables.ts'

it('leaves one space around each cell of a table', () => {
  const padded = [
    '| name        | unit |   p50 | note |',
    '| :---------- | ---- | ----: | :--: |',
    '| `judge.1m`  | µs   | 0.582 |      |',
    '| a \\| b      | -    |       | :--- |',
  ]
  expect(withoutPadding(padded.join('\n'))).toBe(
    [
      '| name | unit | p50 | note |',
      '| :-- | --- | --: | :-: |',
      '| `judge.1m` | µs | 0.582 |  |',
      '| a \\| b | - |  | :--- |',
    ].join('\n'),
  )
})

it('changes a page once', () => {
  const page = '# Keys\n\n- a list:\n\n  | a  | b |\n  | -- | - |\n  | 1  | 2 |\n'
  const once = withoutPadding(page)
  expect(once).toBe('# Keys\n\n- a list:\n\n  | a | b |\n  | --- | --- |\n  | 1 | 2 |\n')
  expect(withoutPadding(once)).toBe(once)
})

it('leaves code in fences and sentences as they are', () => {
  const page = ['```', '| a   | b |', '```', 'A `|` in a sentence  |', '~~~md', '|  x  |', '~~~']
  expect(withoutPadding(page.join('\n'))).toBe(page.join('\n'))
})
