import { describe, expect, it } from 'vitest'
import { loadProgress } from '../commands/sources/source-load.ts'

function progressOn(isTerminal: boolean) {
  let nowMs = 0
  let text = ''
  const write = (more: string): void => void (text += more)
  const progress = loadProgress({ write, isTerminal, nowMs: () => nowMs })
  const show = (atMs: number, done: number): void => {
    nowMs = atMs
    progress.show(done, 100)
  }
  return { ...progress, show, text: () => text }
}

describe('the progress of a load', () => {
  it('is a bar on a terminal, drawn over itself', () => {
    const bar = progressOn(true)
    bar.show(0, 0)
    bar.show(1_000, 50)
    bar.show(1_001, 51)
    bar.print('waiting')
    bar.show(2_000, 100)
    bar.end()
    expect(bar.text()).toBe(
      '\r[############............] 50 of 100 events, 50 a second, 1 s left\u001b[K\nwaiting\n' +
        '\r[########################] 100 of 100 events, 50 a second\u001b[K\n',
    )
  })

  it('is a line every five seconds elsewhere, and one at the end', () => {
    const lines = progressOn(false)
    lines.show(0, 0)
    lines.show(4_999, 40)
    lines.show(5_000, 50)
    lines.show(6_000, 60)
    lines.show(8_000, 100)
    expect(lines.text()).toBe(
      '50 of 100 events, 10 a second, 5 s left\n100 of 100 events, 13 a second\n',
    )
  })
})
