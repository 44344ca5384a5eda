import { expect, it } from 'vitest'
import { recordingShell } from '../recording-shell.ts'
import type { OutputFormat } from './format.ts'
import { showOnceOrWatch } from './watch.ts'

/** Runs it until it has shown something, and returns the formats and the output. */
async function shown(
  output: OutputFormat,
  watch: true | undefined,
  isTerminal = false,
): Promise<{ readonly formats: readonly string[]; readonly out: string }> {
  const end = new AbortController()
  const shell = recordingShell({ signal: end.signal, isTerminal })
  const formats: string[] = []
  await showOnceOrWatch(shell, { output, watch }, async (format) => {
    formats.push(format)
    end.abort()
  })
  return { formats, out: shell.written().out }
}

it('an answer is shown once, or until Ctrl-C', async () => {
  expect(await shown('json', undefined)).toEqual({ formats: ['json'], out: '' })
  expect(await shown('json', true)).toEqual({ formats: ['jsonl'], out: '' })
  expect(await shown('table', true)).toEqual({ formats: ['table'], out: '' })
})

it('a terminal is cleared before each answer', async () => {
  expect((await shown('table', true, true)).out).toBe('\u001b[H\u001b[J')
  expect((await shown('jsonl', true, true)).out).toBe('')
})
