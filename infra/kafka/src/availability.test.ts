import { expect, test } from 'vitest'
import { kafkaAvailability } from './availability.ts'
import { provideKafka } from './provide.ts'

test('without Java on the path the one thing to install is named', async () => {
  expect(await kafkaAvailability({ PATH: '/nowhere' })).toEqual({
    available: false,
    missing: 'Java 17 or newer',
  })
})

test('a named Kafka is used as it is, and is neither stopped nor restarted', async () => {
  const env = { PATH: '/nowhere', KAFKA_BROKERS: 'a:9092, b:9092,' }
  expect(await kafkaAvailability(env)).toEqual({ available: true, by: 'KAFKA_BROKERS' })
  const kafka = await provideKafka({}, env)
  expect(kafka).toMatchObject({ kind: 'external', brokers: ['a:9092', 'b:9092'], pid: null })
  await expect(kafka.restart()).rejects.toThrow('not ours to restart')
  await kafka.stop()
})
