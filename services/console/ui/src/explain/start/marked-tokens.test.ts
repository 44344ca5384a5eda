import type { ChangeTokens, LiveChange } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { markedTokens, markingChanges } from './marked-tokens.ts'

const change = (id: string, more: Partial<LiveChange> = {}): LiveChange =>
  ({ id, tokensMarked: 1, subject: { iss: 'i', sub: null }, ...more }) as LiveChange

const answer = (...tokens: readonly (readonly [jti: string, at: string | null])[]): ChangeTokens =>
  ({
    items: [
      {
        tokens: tokens.map(([jti, at]) => ({ jti, stale: at && { at, reason: 'r', change: 'c' } })),
      },
    ],
  }) as unknown as ChangeTokens

describe('the tokens that edges refuse now', () => {
  it('are those of the latest changes of one subject that made some stale', () => {
    const wide = change('wide', { subject: null })
    const changes = [change('a'), wide, change('none', { tokensMarked: 0 }), change('a')]
    const more = Array.from({ length: 9 }, (_, n) => change(`m${n}`))
    expect(markingChanges([...changes, ...more])).toEqual(['a', 'm0', 'm1', 'm2', 'm3'])
  })

  it('come with the latest mark first, each once, and without those that are not marked', () => {
    const answers = [
      answer(['t1', '2026-01-01T00:00:01.000Z'], ['t2', null]),
      answer(['t3', '2026-01-01T00:00:03.000Z'], ['t1', '2026-01-01T00:00:01.000Z']),
    ]
    expect(markedTokens(answers).map(({ jti }) => jti)).toEqual(['t3', 't1'])
  })

  it('are five at most', () => {
    const many = Array.from({ length: 9 }, (_, n) => [`t${n}`, '2026-01-01T00:00:00.000Z'] as const)
    expect(markedTokens([answer(...many)])).toHaveLength(5)
  })
})
