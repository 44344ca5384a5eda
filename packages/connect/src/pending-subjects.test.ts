import { describe, expect, it } from 'vitest'
import { ALL_SUBJECTS, PENDING_MAX, PendingSubjects } from './pending-subjects.ts'

const SETTLE_MS = 3_000

function pendingSubjects(readsTwice = true) {
  const pending = new PendingSubjects(SETTLE_MS, readsTwice)
  const drain = (startedMs: number): void =>
    pending.drained({ kind: 'drained', cursor: `at ${startedMs}`, startedMs })
  const read = (key: string, atMs: number): void => {
    expect(pending.take(atMs)).toBe(key)
    pending.answered(key, atMs, atMs)
  }
  return { pending, drain, read }
}

describe('the time that a heartbeat can state', () => {
  it('is none before a read was drained', () => {
    expect(pendingSubjects().pending.vouched()).toBeUndefined()
  })

  it('is the begin of the last drained read, without the time to settle', () => {
    const { pending, drain } = pendingSubjects()
    drain(10_000)
    expect(pending.vouched()).toEqual({ throughMs: 7_000, cursor: 'at 10000' })
  })

  it('stays before a subject until it was read, then before the read, and is free after the second one', () => {
    const { pending, drain, read } = pendingSubjects()
    drain(10_000)
    pending.touch('alice', 10_500)
    drain(11_000)
    drain(20_000)
    expect(pending.vouched()).toEqual({ throughMs: 7_000, cursor: 'at 10000' })
    read('alice', 20_500)
    expect(pending.vouched()).toEqual({ throughMs: 17_000, cursor: 'at 10000' })
    drain(30_000)
    expect(pending.vouched()?.throughMs).toBe(17_500)
    expect(pending.nextDueMs()).toBe(23_500)
    read('alice', 23_500)
    expect(pending.vouched()).toEqual({ throughMs: 27_000, cursor: 'at 30000' })
  })

  it('is held again by a hint that comes while the subject is read', () => {
    const { pending, drain } = pendingSubjects()
    drain(10_000)
    pending.touch('alice', 10_500)
    expect(pending.take(10_600)).toBe('alice')
    pending.touch('alice', 10_700)
    pending.answered('alice', 10_600, 10_800)
    drain(20_000)
    expect(pending.vouched()?.throughMs).toBe(7_000)
    expect(pending.take(10_900)).toBe('alice')
  })

  it.each([
    ['while the second read fails', 23_500],
    ['after the second read failed', 23_700],
  ])('is held until two more reads by a hint that comes %s', (_, hintMs) => {
    const { pending, drain, read } = pendingSubjects()
    drain(20_000)
    pending.touch('alice', 20_400)
    read('alice', 20_500)
    expect(pending.take(23_500)).toBe('alice')
    if (hintMs < 23_600) pending.touch('alice', hintMs)
    pending.failed('alice', 23_600, 400)
    if (hintMs > 23_600) pending.touch('alice', hintMs)
    drain(30_000)
    read('alice', 24_000)
    expect(pending.vouched()?.throughMs).toBe(21_000)
    read('alice', 27_000)
    expect(pending.vouched()?.throughMs).toBe(27_000)
  })

  it('is held by all subjects in place of one that could not be found', () => {
    const { pending, drain, read } = pendingSubjects()
    drain(10_000)
    pending.touch('gone', 10_500)
    drain(20_000)
    expect(pending.take(20_100)).toBe('gone')
    pending.widen('gone', 20_200)
    pending.answered('gone', 20_100, 20_200)
    expect(pending.vouched()?.throughMs).toBe(7_000)
    read(ALL_SUBJECTS, 20_300)
    expect(pending.vouched()?.throughMs).toBe(17_000)
  })

  it('is held by a failed read, which comes again after a pause', () => {
    const { pending, drain, read } = pendingSubjects()
    drain(10_000)
    pending.touch('alice', 10_500)
    expect(pending.take(10_600)).toBe('alice')
    pending.failed('alice', 10_700, 1_000)
    drain(20_000)
    expect(pending.vouched()?.throughMs).toBe(7_000)
    expect(pending.take(11_000)).toBeUndefined()
    read('alice', 11_700)
  })

  it('lets a subject be read at once after a hint that comes between its two reads', () => {
    const { pending, drain, read } = pendingSubjects()
    drain(10_000)
    pending.touch('alice', 10_500)
    read('alice', 10_600)
    pending.touch('alice', 11_000)
    expect(pending.nextDueMs()).toBe(11_000)
    read('alice', 11_000)
    expect(pending.nextDueMs()).toBe(11_000 + SETTLE_MS)
  })

  it('needs one answer alone where hints have the state itself', () => {
    const { pending, drain, read } = pendingSubjects(false)
    drain(10_000)
    pending.touch('alice', 10_500)
    drain(20_000)
    read('alice', 20_100)
    expect(pending.vouched()?.throughMs).toBe(17_000)
  })

  it(`keeps back what ${PENDING_MAX} waiting subjects kept back, once all are compared in their place`, () => {
    const { pending, drain, read } = pendingSubjects()
    drain(10_000)
    for (let n = 0; n <= PENDING_MAX; n += 1) pending.touch(`subject ${n}`, 10_500)
    expect(pending.size).toBe(1)
    drain(20_000)
    expect(pending.vouched()?.throughMs).toBe(7_000)
    read(ALL_SUBJECTS, 20_100)
    expect(pending.vouched()?.throughMs).toBe(17_000)
  })
})
