import { expect, test } from 'vitest'
import { partitionQueue } from './partition-queue.ts'

interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

function gate(): Gate {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

test('work for one key runs one at a time and in order, also after a failure', async () => {
  const queue = partitionQueue()
  const told: string[] = []
  const first = queue.run('t/0', async () => {
    told.push('first begins')
    await Promise.resolve()
    told.push('first fails')
    throw new Error('lost')
  })
  const second = queue.run('t/0', async () => {
    told.push('second')
  })
  await expect(first).rejects.toThrow('lost')
  await second
  expect(told).toEqual(['first begins', 'first fails', 'second'])
})

test('work for different keys runs at the same time', async () => {
  const queue = partitionQueue()
  const blocked = gate()
  const slow = queue.run('t/0', () => blocked.opened)
  await queue.run('t/1', async () => blocked.open())
  await slow
})

test('more waiting calls than the limit are refused, and the next is taken when one is done', async () => {
  const queue = partitionQueue(1)
  const blocked = gate()
  const running = queue.run('t/0', () => blocked.opened)
  const waiting = queue.run('t/0', async () => 'waited')
  const refused = queue.run('t/0', async () => 'never')
  await expect(refused).rejects.toMatchObject({ code: 'limit.reached' })
  blocked.open()
  await running
  expect(await waiting).toBe('waited')
  expect(await queue.run('t/0', async () => 'again')).toBe('again')
})
