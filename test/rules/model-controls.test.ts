import {
  after,
  isBelow,
  mergeAccount,
  raisesAccount,
  UNTOUCHED_ACCOUNT,
  type AccountOp,
} from '@freshet/protocol'
import { expect, test } from 'vitest'

/** Rules whose weaker form is another method of counting or remembering: both methods, over one history. */

test('rule 3: offsets survive a replay with other batch borders; control: a counter does not', () => {
  const counted = (batches: readonly (readonly string[])[], record: string): bigint =>
    BigInt(batches.findIndex((batch) => batch.includes(record)) + 1)
  const labelledAfterGrant = { e: 1n, s: 1n, c: 0n }
  const offsetOfLoss = 1n
  expect(isBelow(labelledAfterGrant, 's', after(1n, offsetOfLoss))).toBe(true)
  expect(counted([['grant'], ['loss']], 'loss')).toBe(2n)
  const replayed = { e: 1n, offset: counted([['grant', 'loss']], 'loss') }
  expect(isBelow(labelledAfterGrant, 's', replayed)).toBe(false)
})

test('rule 33: a late "disabled" raises the watermark; control: by the state alone it is missed', () => {
  const v = (n: number) => ({ epoch: 0n, n: BigInt(n) })
  const enabled = mergeAccount(UNTOUCHED_ACCOUNT, { op: 'enabled', source: 'hr', version: v(5) })
  const late: AccountOp = 'disabled'
  const state = mergeAccount(enabled, { op: late, source: 'hr', version: v(3) })
  expect(raisesAccount(late)).toBe(true)
  const mintedBefore = { e: 1n, s: 0n, c: 4n }
  expect(isBelow(mintedBefore, 'c', after(1n, 7n))).toBe(true)
  expect(state.state).toBe(enabled.state)
})

test('rule 33: versions order the account’s states; control: by arrival an enabled one stays off', () => {
  const arrivals = [
    ['enabled', 5n],
    ['disabled', 3n],
  ] as const
  const merged = arrivals.reduce(
    (state, [op, n]) => mergeAccount(state, { op, source: 'hr', version: { epoch: 0n, n } }),
    UNTOUCHED_ACCOUNT,
  )
  expect(merged.state).toBe('enabled')
  expect(arrivals.at(-1)?.[0]).toBe('disabled')
})
