import { EventEmitter, once } from 'node:events'
import { FreshetError, type ErrorCode } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { createLogger } from './logger.ts'
import { runService, type Host } from './run-service.ts'

class FakeHost extends EventEmitter implements Host {
  readonly env: Record<string, string> = {}
  readonly stdin = Object.assign(new EventEmitter(), { resume() {} })
  exitCode?: number | string | null | undefined
  readonly exits: number[] = []

  exit(code: number): void {
    this.exits.push(code)
  }
}

const silent = createLogger('test', 'silent')
const untilAborted = async (signal: AbortSignal): Promise<void> => {
  await once(signal, 'abort')
}

describe('runService', () => {
  it.each(['SIGINT', 'SIGTERM'])('ends with 0 after %s', async (signal) => {
    const host = new FakeHost()
    const running = runService(untilAborted, silent, host)
    host.emit(signal)
    await running
    expect(host.exitCode).toBe(0)
    expect(host.exits).toEqual([])
    expect(host.eventNames()).toEqual([])
  })

  it('ends with the end of stdin if it was set so, and not otherwise', async () => {
    const host = new FakeHost()
    host.env['FRESHET_STOP_WITH_STDIN'] = 'true'
    const running = runService(untilAborted, silent, host)
    host.stdin.emit('end')
    await running
    expect(host.exitCode).toBe(0)
    const other = new FakeHost()
    void runService(untilAborted, silent, other)
    expect(other.stdin.listenerCount('end')).toBe(0)
  })

  it.each([
    ['debug', true],
    ['info', false],
    [undefined, false],
  ])('logs at the level %s', async (level, isLogged) => {
    const lines: string[] = []
    const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) })
    const host = new FakeHost()
    if (level !== undefined) host.env['FRESHET_LOG_LEVEL'] = level
    await runService(async () => logger.debug('detail'), logger, host)
    expect(lines.length > 0).toBe(isLogged)
  })

  it('does not start with an unknown level', async () => {
    const host = new FakeHost()
    host.env['FRESHET_LOG_LEVEL'] = 'loud'
    await runService(untilAborted, silent, host)
    expect(host.exitCode).toBe(2)
  })

  it('ends with 1 at an error that no part handles, and logs it', () => {
    const lines: string[] = []
    const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) })
    const host = new FakeHost()
    void runService(() => new Promise(() => {}), logger, host)
    host.emit('uncaughtException', new FreshetError('database.unavailable', 'No answer.'))
    expect(host.exits).toEqual([1])
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 60, err: { code: 'database.unavailable', message: 'No answer.' } },
    ])
  })

  it('ends with 1 at once on a second signal', async () => {
    const host = new FakeHost()
    void runService(() => new Promise(() => {}), silent, host)
    host.emit('SIGTERM')
    expect(host.exits).toEqual([])
    host.emit('SIGTERM')
    expect(host.exits).toEqual([1])
  })

  it.each([
    ['config.invalid', 2],
    ['broker.unavailable', 4],
    ['invariant.broken', 1],
    ['event.malformed', 1],
  ] satisfies [ErrorCode, number][])('ends with the code of %s: %i', async (code, expected) => {
    const host = new FakeHost()
    await runService(() => Promise.reject(new FreshetError(code, 'x')), silent, host)
    expect(host.exitCode).toBe(expected)
  })

  describe('an error that a person must correct', () => {
    const ended = async (isTTY: boolean | undefined, code: ErrorCode = 'config.invalid') => {
      const lines: string[] = []
      const shown: string[] = []
      const logger = createLogger('gateway', 'info', { write: (line) => void lines.push(line) })
      const stderr = {
        write: (text: string) => shown.push(text),
        ...(isTTY !== undefined && { isTTY }),
      }
      const error = new FreshetError(code, 'X is missing', { cause: new Error('the cause') })
      await runService(
        () => Promise.reject(error),
        logger,
        Object.assign(new FakeHost(), { stderr }),
      )
      return { lines, shown: shown.join('') }
    }

    it.each([false, undefined])(
      'is one line of JSON with its text once, and no stack: %s',
      async (isTTY) => {
        const { lines, shown } = await ended(isTTY)
        expect(shown).toBe('')
        expect(lines).toHaveLength(1)
        expect(lines[0]?.split('X is missing')).toHaveLength(2)
        expect(lines[0]).not.toContain('stack')
        expect(JSON.parse(lines[0] ?? '').err.cause.message).toBe('the cause')
      },
    )

    it('is text on a terminal, and no line of JSON', async () => {
      const { lines, shown } = await ended(true)
      expect(lines).toEqual([])
      expect(shown).toMatch(
        /^gateway: X is missing\n {2}why: .*config\.invalid\)\n {2}try: Correct /,
      )
    })

    it('control: another error is a line of JSON with its stack, on a terminal too', async () => {
      const { lines, shown } = await ended(true, 'invariant.broken')
      expect(shown).toBe('')
      expect(JSON.parse(lines[0] ?? '').err.stack).toContain('X is missing')
    })
  })

  describe('waits for a delay', () => {
    const delayed = (delayMs: string) => {
      const host = new FakeHost()
      host.env['FRESHET_SHUTDOWN_DELAY_MS'] = delayMs
      const seen: AbortSignal[] = []
      const main = async (signal: AbortSignal, ending: AbortSignal): Promise<void> => {
        seen.push(signal, ending)
        await untilAborted(signal)
      }
      const running = runService(main, silent, host)
      return { host, running, aborted: () => seen.map(({ aborted }) => aborted) }
    }

    it('is not ready after SIGTERM and serves on, until a second signal', async () => {
      const { host, running, aborted } = delayed('60000')
      host.emit('SIGTERM')
      expect(aborted()).toEqual([false, true])
      host.emit('SIGTERM')
      expect(aborted()).toEqual([true, true])
      await running
      expect([host.exitCode, host.exits]).toEqual([0, []])
    })

    it('closes by itself when the delay is over', async () => {
      const { host, running } = delayed('1')
      host.emit('SIGTERM')
      await running
      expect(host.exitCode).toBe(0)
    })

    it.each(['SIGINT', 'end of stdin'])('closes at once after %s', async (which) => {
      const host = new FakeHost()
      host.env['FRESHET_SHUTDOWN_DELAY_MS'] = '60000'
      host.env['FRESHET_STOP_WITH_STDIN'] = 'true'
      const running = runService(untilAborted, silent, host)
      if (which === 'SIGINT') host.emit(which)
      else host.stdin.emit('end')
      await running
      expect(host.exitCode).toBe(0)
    })

    it.each(['soon', '-1', '60001', '1.5'])('does not start with %s', async (delayMs) => {
      const { host, running, aborted } = delayed(delayMs)
      await running
      expect(host.exitCode).toBe(2)
      expect(aborted()).toEqual([])
    })

    it('control: without one, SIGTERM closes at once', async () => {
      const { running, host, aborted } = delayed('')
      host.emit('SIGTERM')
      expect(aborted()).toEqual([true, true])
      await running
    })
  })

  it('takes the abort itself, thrown by main, for an end on request', async () => {
    const host = new FakeHost()
    const main = async (signal: AbortSignal): Promise<void> => {
      await once(signal, 'abort')
      signal.throwIfAborted()
    }
    const running = runService(main, silent, host)
    host.emit('SIGINT')
    await running
    expect(host.exitCode).toBe(0)
  })

  it('logs an error once, with its code and causes and without secrets', async () => {
    const lines: string[] = []
    const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) })
    const cause = new Error('connection refused')
    const main = (): Promise<void> =>
      Promise.reject(new FreshetError('broker.unavailable', 'No broker.', { cause }))
    await runService(main, logger, new FakeHost())
    logger.info({ token: 'abc', req: { headers: { authorization: 'abc' } } }, 'request')
    const [fatal, info] = lines.map((text) => JSON.parse(text))
    expect(lines).toHaveLength(2)
    expect(fatal).toMatchObject({ service: 'test', msg: 'No broker.' })
    expect(fatal.err).toMatchObject({
      code: 'broker.unavailable',
      cause: { message: cause.message },
    })
    expect(JSON.stringify(info)).not.toContain('abc')
  })
})
