import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { recordingShell } from '../recording-shell.ts'
import { withProgress } from './progress.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** Waits for this time, ends the work, and returns the text on stderr. */
async function shownAfter(
  ms: number,
  hasStatusLine: boolean,
  end: (settle: { resolve: (text: string) => void; reject: (error: Error) => void }) => void,
): Promise<{ readonly err: string; readonly result: unknown }> {
  const shell = recordingShell({ hasStatusLine, nowMs: () => Date.now() })
  let resolve: (text: string) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<string>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  const settled = withProgress(shell, 'waiting for edges', () => promise).catch(String)
  await vi.advanceTimersByTimeAsync(ms)
  end({ resolve, reject })
  return { result: await settled, err: shell.written().err }
}

describe('a wait', () => {
  it('of more than two seconds shows how long it is on a terminal, and clears the line', async () => {
    const shown = await shownAfter(3_500, true, ({ resolve }) => resolve('done'))
    expect(shown).toEqual({
      result: 'done',
      err: '\r\u001b[Kwaiting for edges, 2 s\r\u001b[Kwaiting for edges, 3 s\r\u001b[K',
    })
  })

  it('of less shows nothing, and neither does one without a terminal', async () => {
    expect((await shownAfter(1_900, true, ({ resolve }) => resolve(''))).err).toBe('')
    expect((await shownAfter(3_500, false, ({ resolve }) => resolve(''))).err).toBe('')
  })

  it('that fails clears the line, too, and keeps the error', async () => {
    const { result, err } = await shownAfter(2_500, true, ({ reject }) => reject(new Error('no')))
    expect(result).toBe('Error: no')
    expect(err.endsWith('\r\u001b[K')).toBe(true)
  })
})
