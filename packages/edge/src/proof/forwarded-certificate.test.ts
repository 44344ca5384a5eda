import { describe, expect, it } from 'vitest'
import { forwardedThumbprint, outsideQuotes } from './mtls.ts'

const HEX = 'ab'.repeat(32)
const LENGTH = 16_000

describe('x-forwarded-client-cert', () => {
  it.each([
    ['quotes that each begin and never end', '\\"'],
    ['quotes alone', '"'],
    ['backslashes', '\\'],
  ])('with %s is read once, from its beginning to its end', (_, part) => {
    const text = `Hash=${HEX};Subject="${part.repeat(LENGTH / part.length)}`
    let visited = 0
    const counting = function* (): Generator<string> {
      for (const character of text) {
        visited += 1
        yield character
      }
    }
    outsideQuotes(counting())
    expect(visited).toBe(text.length)
  })

  it('names no certificate if a quote does not end', () => {
    expect(forwardedThumbprint(`Hash=${HEX};Subject="${'\\"'.repeat(LENGTH / 2)}`, 'envoy')).toBe(
      undefined,
    )
  })

  it('control: names its certificate beside a quoted subject', () => {
    const thumbprint = Buffer.from(HEX, 'hex').toString('base64url')
    const subject = `Subject="CN=\\"a\\", Hash=0"`
    expect(forwardedThumbprint(`Hash=${HEX};${subject}`, 'envoy')).toBe(thumbprint)
  })

  it('keeps a backslash outside of quotes, where it escapes nothing', () => {
    expect(outsideQuotes('a\\"b"c')).toBe('a\\c')
    expect(outsideQuotes('a"\\"b')).toBeUndefined()
  })
})
