import { expect, it } from 'vitest'
import type { Heartbeat } from '../checkpoint/checkpoint.ts'
import { CatchUp, type CheckpointContext } from './catch-up.ts'
import type { CheckpointRead } from './follow-event.ts'

const END = 10n

/** A checkpoint with a heartbeat that names position 7 of the change topic. */
function checkpointAt(
  offset: bigint,
  { e = 1n, next = 7n, isHeartbeat = true } = {},
): CheckpointRead {
  const signed = { e, partition: 1, generation: 1n, previous: 'a', count: 0, recordsHash: '' }
  const heartbeat: Heartbeat = {
    through: new Map(),
    minimumPv: 0,
    mapVersion: 1,
    mapHash: 'map',
    next: { offset: next, lastRecordHash: null },
    base: { hash: 'base', offset: 0n },
  }
  const checkpoint = isHeartbeat ? { ...signed, heartbeat } : signed
  return {
    kind: 'checkpoint',
    offset,
    hash: 'b',
    signature: 'valid',
    checkpoint,
    appendedAtMs: 0,
    nowMonoMs: 0,
  }
}

const CONTINUES: CheckpointContext = {
  e: 1n,
  isRepeated: false,
  isTrusted: true,
  nextOffset: 7n,
}

it('an unseen heartbeat at the end seen at start shows the head (rule 17)', () => {
  const catchUp = new CatchUp(END)
  catchUp.take(checkpointAt(END), CONTINUES)
  expect(catchUp.hasSeenHead).toBe(true)
  catchUp.take(checkpointAt(END, { isHeartbeat: false }), CONTINUES)
  expect(catchUp.hasSeenHead).toBe(true)
})

it.each([
  ['a heartbeat below the end', checkpointAt(END - 1n), CONTINUES],
  ['a checkpoint without a heartbeat', checkpointAt(END, { isHeartbeat: false }), CONTINUES],
  ['a heartbeat of an older incarnation', checkpointAt(END), { ...CONTINUES, e: 2n }],
  ['a heartbeat that was read before', checkpointAt(END), { ...CONTINUES, isRepeated: true }],
  ['a heartbeat that is not trusted', checkpointAt(END), { ...CONTINUES, isTrusted: false }],
  ['a heartbeat of an earlier position', checkpointAt(END, { next: 6n }), CONTINUES],
])('%s does not show the head', (_, read, known) => {
  const catchUp = new CatchUp(END)
  catchUp.take(read, known)
  expect(catchUp.hasSeenHead).toBe(false)
})

it('a topic that lost its tail ends where it was read to, and never later than seen at start', () => {
  const catchUp = new CatchUp(END)
  catchUp.reachedEnd(END + 5n)
  expect(catchUp.isBeyondEnd(END)).toBe(true)
  catchUp.reachedEnd(4n)
  expect([catchUp.isBeyondEnd(3n), catchUp.isBeyondEnd(4n)]).toEqual([false, true])
})

it('a restart asks for the head beyond another end, and a forgotten head for one beyond the same', () => {
  const catchUp = new CatchUp(END)
  catchUp.take(checkpointAt(END), CONTINUES)
  catchUp.forget()
  expect([catchUp.hasSeenHead, catchUp.isBeyondEnd(END)]).toEqual([false, true])
  catchUp.take(checkpointAt(END), CONTINUES)
  catchUp.restart(END + 1n)
  expect([catchUp.hasSeenHead, catchUp.isBeyondEnd(END)]).toEqual([false, false])
})
