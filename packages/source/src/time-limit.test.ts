import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { withTimeLimit } from './time-limit.ts'

describe('a signal with a time limit', () => {
  it('aborts after the time, whatever the garbage collector takes away meanwhile', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const signal = withTimeLimit(new AbortController().signal, 100)
    // Within the turn that made it, nothing is collected.
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    await once(signal, 'abort')
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('aborts with the other signal', () => {
    const other = new AbortController()
    const signal = withTimeLimit(other.signal, 60_000)
    other.abort()
    expect(signal.aborted).toBe(true)
  })
})
