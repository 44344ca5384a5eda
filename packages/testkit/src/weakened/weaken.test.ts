import { afterAcknowledgement } from '@freshet/protocol'
import { expect, it } from 'vitest'
import { weaken } from './weaken.ts'

const file = 'checkpoint/publish-plan.ts'

it('builds the decisions of the protocol, with the edits alone changed', async () => {
  const same = await weaken([])
  expect(same.afterAcknowledgement(false)).toBe(afterAcknowledgement(false))
  const edited = await weaken([{ file, from: `isPathIntact ? 'store'`, to: `true ? 'store'` }])
  expect(edited.afterAcknowledgement(false)).toBe('store')
})

it.each([
  ['is not in the file', 'a rule that was rewritten'],
  ['is in the file twice', 'limits.batchMax'],
])('refuses an edit whose text %s, because the control would prove nothing', async (_, from) => {
  await expect(weaken([{ file, from, to: '' }])).rejects.toThrow(/exactly once/)
})
