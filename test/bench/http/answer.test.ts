import { expect, test } from 'vitest'
import { readAnswer } from './answer.ts'

const whole = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\ncontent-length: 4\r\n\r\nbusy'

test('an answer is read when all of it is there, however it came', () => {
  for (let end = 0; end < whole.length; end += 1)
    expect(readAnswer(whole.slice(0, end))).toBeUndefined()
  expect(readAnswer(whole)).toEqual({ status: 503, retryAfterS: 7, text: 'busy' })
})

test('an answer without a time to return has none, and can be empty', () => {
  const answer = readAnswer('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  expect(answer).toEqual({ status: 200, retryAfterS: undefined, text: '' })
})

test('an answer without a length is refused, not waited for', () => {
  expect(() => readAnswer('HTTP/1.1 200 OK\r\n\r\n')).toThrow(/length/)
})
