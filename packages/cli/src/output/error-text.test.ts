import { FreshetError } from '@freshet/protocol'
import { ProblemError } from '@freshet/source/problem'
import { expect, it } from 'vitest'
import { CliError } from '../cli-error.ts'
import { errorText } from './error-text.ts'

it.each([
  [
    'of this program',
    new CliError('notFound', 'No change c1 is known.', { why: 'nobody sent it', next: 'do' }),
    'freshet: No change c1 is known.\n  why: nobody sent it\n  try: do\n',
  ],
  [
    'of a service',
    new ProblemError(409, 'event.sequence', 'The expected one is 2.'),
    'freshet: The expected one is 2.\n  why: event.sequence, HTTP 409\n' +
      '  try: leave out --sequence: freshet asks for the next number\n',
  ],
  [
    'of the product',
    new FreshetError('broker.unavailable', 'Bounds: no connection'),
    'freshet: Bounds: no connection\n' +
      '  why: The broker did not answer as expected. (broker.unavailable)\n' +
      '  try: freshet dev, or set KAFKA_BROKERS\n',
  ],
  [
    'whose remedy is in the catalogue',
    new ProblemError(409, 'event.unacknowledged', 'One waits.'),
    'freshet: One waits.\n  why: event.unacknowledged, HTTP 409\n' +
      '  try: Send a new heartbeat later. If the error stays, check whether Kafka accepts writes.\n',
  ],
  [
    'of the network',
    new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }),
    'freshet: The service does not answer.\n  why: connect ECONNREFUSED 127.0.0.1:1\n' +
      '  try: freshet dev, or check the address and the service behind it\n',
  ],
  [
    'in time',
    new DOMException('x', 'TimeoutError'),
    'freshet: No answer in time.\n  try: freshet dev, or check the address and the service behind it\n',
  ],
  ['of nobody', 'odd', 'freshet: odd\n'],
])('an error %s has the cause, the reason and the next command', (_, error, text) => {
  expect(errorText(error)).toBe(text)
})

it('an answer from outside cannot steer the terminal, and its lines are indented', () => {
  const text = errorText(new ProblemError(400, 'x', 'a\n  /data: \u001b[31mred'))
  expect(text).toBe('freshet: a\n    /data: �[31mred\n  why: x, HTTP 400\n')
})

it('names the command as it was started', () => {
  const error = new CliError('unreachable', 'None.', { next: 'freshet dev' })
  expect(errorText(error, 'npx @freshet/cli')).toContain('try: npx @freshet/cli dev\n')
  expect(errorText(error)).toContain('try: freshet dev\n')
})
