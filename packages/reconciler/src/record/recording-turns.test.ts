import { CONTROL_PARTITION } from '@freshet/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { recordingTurns, type RecordingTurns } from './recording-turns.ts'

let turns: RecordingTurns
let began: string[]
let ends: Map<string, (how: 'done' | Error) => void>
beforeEach(() => {
  turns = recordingTurns({ full: 2, small: 1 })
  ;[began, ends] = [[], new Map()]
})

function start(partition: number, name: string, isFull = true): Promise<unknown> {
  const run = turns.run({ partition, isFull }, () => {
    began.push(name)
    return new Promise((resolve, reject) =>
      ends.set(name, (how) => (how === 'done' ? resolve(how) : reject(how))),
    )
  })
  return run.catch((error: unknown) => error)
}

async function end(name: string, how: 'done' | Error = 'done'): Promise<void> {
  ends.get(name)?.(how)
  await new Promise((resolve) => setImmediate(resolve))
}

describe('turns at recording', () => {
  it('are taken by a few partitions of subjects at a time, in the order of asking', async () => {
    for (const partition of [1, 2, 3, 4]) void start(partition, `p${partition}`)
    await end('')
    expect(began).toEqual(['p1', 'p2'])
    await end('p2')
    expect(began).toEqual(['p1', 'p2', 'p3'])
    await end('p1')
    expect(began).toEqual(['p1', 'p2', 'p3', 'p4'])
  })

  it('are not waited for by the control partition, and it takes none from others', async () => {
    for (const partition of [1, 2]) void start(partition, `p${partition}`)
    void start(CONTROL_PARTITION, 'control')
    void start(3, 'p3')
    await end('')
    expect(began.toSorted()).toEqual(['control', 'p1', 'p2'])
    await end('control')
    expect(began).toHaveLength(3)
    await end('p1')
    expect(began).toContain('p3')
  })

  it('wait longer where a batch is not full, so that more of it comes meanwhile', async () => {
    void start(1, 'full')
    void start(2, 'small', false)
    void start(3, 'full-too')
    await end('')
    expect(began).toEqual(['full'])
    await end('full')
    expect(began).toEqual(['full', 'small', 'full-too'])
    void start(4, 'small-too', false)
    await end('full-too')
    expect(began).toHaveLength(3)
    await end('small')
    expect(began.at(-1)).toBe('small-too')
  })

  it('go on after one that failed', async () => {
    const failed = start(1, 'p1')
    for (const partition of [2, 3]) void start(partition, `p${partition}`)
    await end('')
    await end('p1', new Error('planned'))
    expect(await failed).toEqual(new Error('planned'))
    expect(began).toEqual(['p1', 'p2', 'p3'])
  })
})
