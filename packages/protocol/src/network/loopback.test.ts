import { expect, test } from 'vitest'
import { isLoopback } from './loopback.ts'

test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.9.8.7', '::1', '[::1]'])(
  '%s is this machine',
  (host) => expect(isLoopback(host)).toBe(true),
)

test.each([
  '',
  '0.0.0.0',
  '::',
  '10.0.0.1',
  'k1',
  'localhost.example',
  '127.0.0.1.example',
  '1127.0.0.1',
])('%j is another machine, or any', (host) => expect(isLoopback(host)).toBe(false))
