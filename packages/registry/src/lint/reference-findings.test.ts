import { expect, it } from 'vitest'
import { unknownName } from './reference-findings.ts'
import { withHints, type ReadableRegistry } from './readable-registry.ts'

const names = new Set(['groups'])
const registry = { declared: { claims: names } } as unknown as ReadableRegistry

it('compares a hundred unknown names with the known ones, and reports the rest without a hint', () => {
  const parts = withHints(registry)
  const hints = Array.from({ length: 150 }, (_, n) => {
    const reference = {
      code: 'claim.unknown',
      part: 'claims',
      name: 'group',
      place: `/${n}`,
    } as const
    return unknownName(parts, reference)[0]?.message ?? ''
  })
  expect(hints.filter((message) => message.endsWith('did you mean groups?'))).toHaveLength(100)
  expect(hints.filter((message) => message.startsWith('no claim is called group'))).toHaveLength(
    150,
  )
})
