import { CONTROL_PARTITION } from '@freshet/protocol'
import { describe, expect, test } from 'vitest'
import { rootTurns } from './publisher-parts.ts'

/** Work that ends when the test calls its `end`. */
function gated() {
  const begun: number[] = []
  const ends = new Map<number, (error?: Error) => void>()
  const work = (partition: number) => (): Promise<number> => {
    begun.push(partition)
    return new Promise((resolve, reject) => {
      ends.set(partition, (error) => (error ? reject(error) : resolve(partition)))
    })
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    begun,
    work,
    end: async (partition: number, error?: Error): Promise<void> => {
      ends.get(partition)?.(error)
      await settle()
    },
    settle,
  }
}

describe('new roots of a process (rule 49)', () => {
  test('one partition of subjects at a time writes a new root, in the order of the requests', async () => {
    const { begun, work, end, settle } = gated()
    const turns = rootTurns()
    const all = [3, 1, 2].map((partition) => turns.run(partition, work(partition)))
    await settle()
    expect(begun).toEqual([3])
    await end(3)
    expect(begun).toEqual([3, 1])
    await end(1)
    await end(2)
    expect(await Promise.all(all)).toEqual([3, 1, 2])
  })

  test('the control partition waits for none, and no other one begins while it writes its root', async () => {
    const { begun, work, end, settle } = gated()
    const turns = rootTurns()
    const first = turns.run(1, work(1))
    await settle()
    const others = [CONTROL_PARTITION, 2].map((each) => turns.run(each, work(each)))
    await settle()
    expect(begun).toEqual([1, CONTROL_PARTITION])
    await end(1)
    expect(begun).toEqual([1, CONTROL_PARTITION])
    await end(CONTROL_PARTITION)
    expect(begun).toEqual([1, CONTROL_PARTITION, 2])
    await end(2)
    await Promise.all([first, ...others])
  })

  test('one that fails goes to the end of the queue, and the others go on', async () => {
    const { begun, work, end, settle } = gated()
    const turns = rootTurns()
    const failing = turns.run(1, work(1)).catch((error: unknown) => error)
    const next = turns.run(2, work(2))
    await settle()
    await end(1, new Error('the broker is gone'))
    const again = turns.run(1, work(1))
    await settle()
    expect(begun).toEqual([1, 2])
    await end(2)
    await end(1)
    expect(begun).toEqual([1, 2, 1])
    expect(await failing).toBeInstanceOf(Error)
    await Promise.all([next, again])
  })
})
