import { errorCodes, FreshetError, type ErrorCode } from '@freshet/protocol'
import { ProblemError } from '@freshet/source/problem'
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { CliError } from './cli-error.ts'
import { exitCodeOf, Negative } from './exit-code.ts'

describe('the exit code', () => {
  it.each([
    ['help that was asked for', new CommanderError(0, 'commander.helpDisplayed', ''), 0],
    ['an unknown verb', new CommanderError(1, 'commander.unknownCommand', ''), 2],
    ['options that do not fit', new CliError('usage', 'x'), 2],
    ['a negative answer', new Negative(), 11],
    ['something unhealthy', new Negative(10), 10],
    ['a thing that is not there', new CliError('notFound', 'x'), 3],
    ['a stack that is not there', new CliError('unreachable', 'x'), 4],
    ['a service that nobody listens for', new TypeError('fetch failed'), 4],
    ['an answer that did not come', new DOMException('late', 'TimeoutError'), 4],
    ['whatever nobody classified', new Error('x'), 1],
    ['what is no error at all', 'x', 1],
  ])('of %s is documented', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code)
  })

  it.each([
    [400, 1],
    [401, 5],
    [403, 5],
    [404, 3],
    [409, 1],
    [422, 1],
    [429, 4],
    [500, 1],
    [503, 4],
  ])('of a refusal with HTTP status %i is %i', (status, code) => {
    expect(exitCodeOf(new ProblemError(status, 'x', 'x'))).toBe(code)
  })

  it('is 4 for what may heal by itself, 5 where a broker refuses who asks, and never 0', () => {
    const refused: readonly ErrorCode[] = ['broker.unauthenticated', 'broker.denied']
    for (const code of Object.keys(errorCodes) as ErrorCode[]) {
      const exit = exitCodeOf(new FreshetError(code, 'x'))
      if (errorCodes[code].disposition === 'retry')
        expect(exit).toBe(refused.includes(code) ? 5 : 4)
      expect(exit).not.toBe(0)
    }
  })
})
