import { expect, test } from 'vitest'
import { clientTrouble } from './client-trouble.ts'
import type { KafkaLogLine } from '../client/settings.ts'

const sasl = { mechanism: 'plain', username: 'edge', password: 'hush' } as const
const denied = Object.assign(new Error('no'), { type: 'TOPIC_AUTHORIZATION_FAILED' })
const refused = Object.assign(new Error('no'), { type: 'SASL_AUTHENTICATION_FAILED' })
const away = Object.assign(new Error('away'), {
  name: 'KafkaJSConnectionError',
  code: 'ECONNREFUSED',
})

function troubleOf() {
  const lines: KafkaLogLine[] = []
  const clock = { ms: 0 }
  const log = (line: KafkaLogLine): void => void lines.push(line)
  const options = { brokers: ['k1:1'], clientId: 'test', sasl, log }
  return { lines, clock, trouble: clientTrouble(options, () => clock.ms) }
}

test('what a person has to end is logged once, however often it is met', () => {
  const { lines, trouble } = troubleOf()
  for (let times = 0; times < 50; times++) {
    trouble.classify(refused, 'Follow a')
    trouble.classify(refused, 'Append to b')
    trouble.log({ level: 'error', message: 'SASL PLAIN authentication failed' })
  }
  expect(lines).toHaveLength(1)
  expect(lines[0]?.message).toContain('broker.unauthenticated')
})

test('each topic that is denied is logged', () => {
  const { lines, trouble } = troubleOf()
  for (const topic of ['a', 'b', 'a']) trouble.classify(denied, `Append to ${topic}`)
  expect(lines).toHaveLength(2)
})

test('a line of the library is logged again after ten minutes', () => {
  const { lines, clock, trouble } = troubleOf()
  const line = { level: 'error', message: 'Connection error: connect ECONNREFUSED' } as const
  trouble.log(line)
  trouble.log(line)
  clock.ms = 600_000
  trouble.log(line)
  expect(lines).toHaveLength(2)
})

test('trouble stands until the same attempt succeeds, or is met no more', () => {
  const { clock, trouble } = troubleOf()
  trouble.classify(denied, 'Append to a')
  trouble.succeeded('Follow b')
  expect(trouble.current()?.code).toBe('broker.denied')
  trouble.succeeded('Append to a')
  expect(trouble.current()).toBeUndefined()
  trouble.classify(denied, 'Append to a')
  clock.ms = 30_000
  expect(trouble.current()).toBeUndefined()
})

test('trouble with the connection ends with any success', () => {
  const { trouble } = troubleOf()
  trouble.classify(refused, 'Append to a')
  trouble.succeeded('Follow b')
  expect(trouble.current()).toBeUndefined()
})

test('what waiting ends does not stand', () => {
  const { lines, trouble } = troubleOf()
  expect(trouble.classify(away, 'Append to a').code).toBe('broker.unavailable')
  expect(trouble.current()).toBeUndefined()
  expect(lines).toEqual([])
})
