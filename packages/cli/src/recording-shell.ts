import { colorsFor } from './output/view.ts'
import type { Shell } from './shell.ts'

/** A shell that keeps what was written, for pages of help and for tests. It has no colours and no signal to end. */
export interface RecordingShell extends Shell {
  /** The text on stdout and on stderr so far. */
  written(): { readonly out: string; readonly err: string }
}

/** Makes one with these members replaced. */
export function recordingShell(more: Partial<Shell> = {}): RecordingShell {
  const kept = { out: '', err: '' }
  return {
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
    colors: colorsFor({}, {}),
    isInteractive: false,
    isTerminal: false,
    hasStatusLine: false,
    columns: 80,
    nowMs: () => 0,
    ask: () => Promise.resolve(''),
    out: (text) => void (kept.out += text),
    err: (text) => void (kept.err += text),
    readInput: () => Promise.resolve(''),
    written: () => ({ ...kept }),
    ...more,
  }
}
