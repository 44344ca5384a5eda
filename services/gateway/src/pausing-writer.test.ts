import { FreshetError } from '@freshet/protocol'
import type { LogWriter } from '@freshet/wire'
import { fakeLog } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { pausingWriter } from './pausing-writer.ts'

const TOPIC = 'freshet.changes.v1'
const RECORDS = [{ key: null, value: Buffer.from('x'), headers: {} }]

it('calls a partition that the topic lacks unavailable, names it, and appends to the others', async () => {
  const writer = pausingWriter(fakeLog(2, () => 0))
  expect(writer.check()).toBeUndefined()
  await expect(writer.append(TOPIC, 2, RECORDS)).rejects.toMatchObject({
    code: 'broker.unavailable',
    message: 'No partition 2. Run `freshet topic verify`.',
    cause: { code: 'topic.mismatch' },
  })
  expect(await writer.append(TOPIC, 1, RECORDS)).toMatchObject({ baseOffset: 0n })
  expect(writer.check).toThrow(
    expect.objectContaining({ code: 'topic.mismatch', message: 'No partition 2.' }),
  )
})

it('names a partition no longer once it takes records', async () => {
  let log = fakeLog(2, () => 0)
  const append: LogWriter['append'] = (...given) => log.append(...given)
  const writer = pausingWriter({ append })
  await expect(writer.append(TOPIC, 2, RECORDS)).rejects.toThrow('No partition 2.')
  log = fakeLog(3, () => 0)
  await writer.append(TOPIC, 2, RECORDS)
  expect(writer.check()).toBeUndefined()
})

it('control: passes every other error on as it is, and names no partition for it', async () => {
  const denied = new FreshetError('broker.denied', 'no')
  const writer = pausingWriter({ append: () => Promise.reject(denied) })
  await expect(writer.append(TOPIC, 0, RECORDS)).rejects.toBe(denied)
  expect(writer.check()).toBeUndefined()
})
