const WIDTH = 24
const LINE_EVERY_MS = 5_000
const BAR_EVERY_MS = 100

/** Shows how far a load is. */
export interface LoadProgress {
  show(done: number, total: number): void
  /** Writes a sentence on a line of its own. */
  say(sentence: string): void
  /** Ends the line of the bar. */
  end(): void
}

/** A bar that is drawn over on a terminal, else a line every 5 s. */
export function loadProgress(parts: {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  readonly nowMs: () => number
}): LoadProgress {
  const { write, isTerminal, nowMs } = parts
  const startMs = nowMs()
  let shownMs = startMs
  let first: number | undefined
  let isOpen = false
  const close = (): void => {
    if (isOpen) write('\n')
    isOpen = false
  }
  return {
    show(done, total) {
      first ??= done
      const ms = nowMs()
      const isDue = ms - shownMs >= (isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS)
      if (!isDue && done < total) return
      shownMs = ms
      const text = lineOf({
        done,
        total,
        perSecond: ((done - first) / (ms - startMs || 1)) * 1_000,
      })
      if (isTerminal) write(`\r${barOf(done / total)} ${text}\u001b[K`)
      else write(`${text}\n`)
      isOpen = isTerminal
    },
    say(sentence) {
      close()
      write(`${sentence}\n`)
    },
    end: close,
  }
}

function lineOf(at: { done: number; total: number; perSecond: number }): string {
  const { done, total, perSecond } = at
  const left = perSecond > 0 ? `, ${Math.ceil((total - done) / perSecond)} s left` : ''
  return `${done} of ${total} events, ${Math.round(perSecond)} a second${done < total ? left : ''}`
}

function barOf(share: number): string {
  const full = Math.round(share * WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`
}
