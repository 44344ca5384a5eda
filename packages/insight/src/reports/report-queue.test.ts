import { setImmediate as turnOver } from 'node:timers/promises'
import { ManualClock, sliReport } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { REPORTS_MAX, type ReceivedReport } from '../observatory-store.ts'
import { ReportQueue } from './report-queue.ts'

const reports = (count: number, state: 'live' | 'closing' = 'closing'): readonly ReceivedReport[] =>
  Array.from({ length: count }, (_, n) => ({ report: sliReport({ state }), reportedAtMs: n }))

/** Writes end when the test ends them. */
function slowly() {
  const lots: number[] = []
  const ends: ((error?: Error) => void)[] = []
  const queue = new ReportQueue((lot) => {
    lots.push(lot.length)
    return new Promise((resolve, reject) =>
      ends.push((error) => (error ? reject(error) : resolve())),
    )
  })
  const end = async (error?: Error): Promise<void> => {
    ends.shift()?.(error)
    await turnOver()
  }
  return { lots, queue, end }
}

describe('reports that wait', () => {
  it('are kept at once, and what comes meanwhile together', async () => {
    const { lots, queue, end } = slowly()
    for (const count of [1, 2, 3]) await queue.take(reports(count))
    expect(lots).toEqual([1])
    await end()
    expect(lots).toEqual([1, 5])
    await end()
    await queue.idle()
  })

  it('say that all were kept only once they were', async () => {
    const { queue, end } = slowly()
    const passed: string[] = []
    await queue.take(reports(2), () => passed.push('first'))
    await queue.take([], () => passed.push('nothing new'))
    expect(passed).toEqual([])
    await end()
    expect(passed).toEqual(['first', 'nothing new'])
    await queue.take([], () => passed.push('at once'))
    expect(passed).toHaveLength(3)
    await queue.take(reports(1), () => passed.push('next'))
    await end()
    expect(passed).toHaveLength(4)
  })

  it('hold up whoever hands on too many', async () => {
    const { queue, end } = slowly()
    let isTaken = false
    const taking = queue.take(reports(3 * REPORTS_MAX)).then(() => (isTaken = true))
    await end()
    expect(isTaken).toBe(false)
    for (let lot = 0; lot < 5; lot += 1) await end()
    await taking
    expect(isTaken).toBe(true)
  })

  it('are not kept behind a lot that failed, and whoever hands on hears of it', async () => {
    const { lots, queue, end } = slowly()
    const passed: string[] = []
    await queue.take(reports(1), () => passed.push('kept'))
    await queue.take(reports(1))
    await end(new Error('away'))
    await expect(queue.take(reports(1))).rejects.toThrow('away')
    await expect(queue.idle()).rejects.toThrow('away')
    expect([lots, passed]).toEqual([[1], []])
  })
})

describe('quiet reports of a console with a timer', () => {
  const clock = (): { timer: ManualClock; lots: number[]; queue: ReportQueue } => {
    const timer = new ManualClock()
    const lots: number[] = []
    return { timer, lots, queue: new ReportQueue(async (lot) => void lots.push(lot.length), timer) }
  }

  it('are kept at once after a second without a lot, and then together', async () => {
    const { timer, lots, queue } = clock()
    await queue.take(reports(1, 'live'))
    await timer.advance(500)
    await queue.take(reports(1, 'live'))
    await timer.advance(400)
    await queue.take(reports(1, 'live'))
    expect(lots).toEqual([1])
    await timer.advance(100)
    expect(lots).toEqual([1, 2])
    await timer.advance(3_000)
    await queue.take(reports(1, 'live'))
    await turnOver()
    expect(lots).toEqual([1, 2, 1])
  })

  it('do not wait behind a report that is not quiet, nor does that one', async () => {
    const { timer, lots, queue } = clock()
    await queue.take(reports(1, 'live'))
    await timer.advance(100)
    await queue.take(reports(2, 'live'))
    await timer.advance(100)
    expect(lots).toEqual([1])
    await queue.take(reports(1))
    await turnOver()
    expect(lots).toEqual([1, 3])
    // The next second begins with that lot.
    await queue.take(reports(1, 'live'))
    await timer.advance(999)
    expect(lots).toEqual([1, 3])
    await timer.advance(1)
    expect(lots).toEqual([1, 3, 1])
  })

  it('say that all were kept only once they were', async () => {
    const { timer, queue } = clock()
    await queue.take(reports(1, 'live'))
    const passed: string[] = []
    await queue.take(reports(1, 'live'), () => passed.push('kept'))
    await timer.advance(900)
    expect(passed).toEqual([])
    await timer.advance(100)
    expect(passed).toEqual(['kept'])
  })

  it('do not wait if there are many, and not at the end', async () => {
    const { lots, queue } = clock()
    await queue.take(reports(1, 'live'))
    await queue.take(reports(101, 'live'))
    await turnOver()
    expect(lots).toEqual([1, 101])
    await queue.take(reports(3, 'live'))
    await turnOver()
    expect(lots).toEqual([1, 101])
    await queue.idle()
    expect(lots).toEqual([1, 101, 3])
  })
})
