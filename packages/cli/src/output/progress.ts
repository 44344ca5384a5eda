import type { Shell } from '../shell.ts'

/** A wait that is shorter shows nothing. */
const FROM_MS = 2_000
const EVERY_MS = 1_000
const MS_PER_S = 1_000
/** Moves to the begin of the line and clears it. */
const CLEAR = '\r\u001b[K'

/** Waits for a result; from two seconds on, a line on stderr shows how long. Only a terminal gets it. */
export async function withProgress<T>(
  shell: Pick<Shell, 'err' | 'nowMs' | 'hasStatusLine'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!shell.hasStatusLine) return work()
  const startMs = shell.nowMs()
  let isShown = false
  const timer = setInterval(() => {
    const ms = shell.nowMs() - startMs
    if (ms < FROM_MS) return
    isShown = true
    shell.err(`${CLEAR}${what}, ${Math.floor(ms / MS_PER_S)} s`)
  }, EVERY_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    if (isShown) shell.err(CLEAR)
  }
}
