import { describe, expect, it } from 'vitest'
import { verdictsOf, type Link } from './hash-path.ts'

const path: readonly Link[] = [
  { hash: 'a', previous: 'root' },
  { hash: 'b', previous: 'a' },
  { hash: 'c', previous: 'b' },
]

/** Verdicts, and which signatures were checked. */
function judge(links: readonly Link[], signed: string, known = 'abcdx') {
  const checked: string[] = []
  const hashAt = (index: number): string => links[index]?.hash ?? ''
  const verdicts = verdictsOf(links, {
    isKnown: (index) => known.includes(hashAt(index)),
    isSigned: (index) => {
      checked.push(hashAt(index))
      return signed.includes(hashAt(index))
    },
  })
  return { verdicts: verdicts.join(), checked: checked.join() }
}

describe('rule 19: the signatures along a path of checkpoints', () => {
  it('are one, that of its head', () => {
    expect(judge(path, 'abc')).toEqual({ verdicts: 'valid,valid,valid', checked: 'c' })
  })

  it('are checked one by one where the head is not signed', () => {
    expect(judge(path, 'a')).toEqual({ verdicts: 'valid,invalid,invalid', checked: 'c,b,a' })
  })

  it('cover no checkpoint that only an unsigned one names', () => {
    expect(judge(path, '').verdicts).toBe('invalid,invalid,invalid')
  })

  it('cover no sibling, and nothing that stands behind the one that names it', () => {
    const sibling = [{ hash: 'x', previous: 'a' }, ...path]
    expect(judge(sibling, 'c')).toEqual({ verdicts: 'invalid,valid,valid,valid', checked: 'c,x' })
    expect(judge(path.toReversed(), 'c').verdicts).toBe('valid,invalid,invalid')
  })

  it('vouch for no checkpoint whose key is unknown', () => {
    expect(judge(path, 'abc', 'ac').verdicts).toBe('valid,unknown-key,valid')
  })
})
