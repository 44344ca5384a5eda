import { expect, test } from 'vitest'
import { logCreator } from './cluster-settings.ts'
import type { KafkaLogLine } from './settings.ts'

test('what the library logs goes to the given function, except that we closed a connection', () => {
  const lines: KafkaLogLine[] = []
  const write = logCreator((line) => void lines.push(line))()
  write({ level: 1, log: { message: 'Connection error: reset' } })
  write({ level: 2, log: { message: 'slow' } })
  write({ level: 1, log: { message: 'Connection error: the session was closed' } })
  expect(lines).toEqual([
    { level: 'error', message: 'Connection error: reset' },
    { level: 'warn', message: 'slow' },
  ])
})

test('an error that the library logs in place of a text is logged by its message', () => {
  const lines: KafkaLogLine[] = []
  const write = logCreator((line) => void lines.push(line))()
  write({ level: 1, log: { message: new Error('SASL PLAIN authentication failed') } })
  expect(lines).toEqual([{ level: 'error', message: 'SASL PLAIN authentication failed' }])
})

test('without a function the library is silent', () => {
  expect(() => logCreator(undefined)()({ level: 1, log: { message: 'lost' } })).not.toThrow()
})
