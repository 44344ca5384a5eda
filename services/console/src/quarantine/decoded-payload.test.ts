import { describe, expect, it } from 'vitest'
import { decodedPayload, HEX_BYTES_MAX, TEXT_BYTES_MAX } from './decoded-payload.ts'

const decoded = (value: Uint8Array | string, key: string | null = null) =>
  decodedPayload({
    value: Buffer.from(value as string),
    key: key === null ? null : Buffer.from(key),
  })
const base64 = (text: string): string => Buffer.from(text).toString('base64url')

describe('the payload of a record, for people', () => {
  it('is JSON by lines, with each token as it came', () => {
    const text = '{"op":"add","op":"set", "n":1764000000000000001,"value":["a",{}],"none":[]}'
    const lines = [
      '{',
      '  "op": "add",',
      '  "op": "set",',
      '  "n": 1764000000000000001,',
      '  "value": [',
      '    "a",',
      '    {}',
      '  ],',
      '  "none": []',
      '}',
    ]
    expect(decoded(text)).toEqual([
      {
        part: 'value',
        form: 'json',
        text: lines.join('\n'),
        bytes: text.length,
        shown: text.length,
      },
    ])
  })

  it('is header and payload of a compact JWS, without its signature', () => {
    const parts = decoded(`${base64('{"alg":"ES256"}')}.${base64('{"op":"set"}')}.c2VjcmV0`)
    expect(parts.map(({ part, form }) => [part, form])).toEqual([
      ['jws-header', 'json'],
      ['jws-payload', 'json'],
    ])
    expect(JSON.stringify(parts)).not.toMatch(/c2VjcmV0|secret/)
    // Control: a text with two dots is no JWS.
    expect(decoded('a.b.c')).toMatchObject([{ part: 'value', form: 'text', text: 'a.b.c' }])
  })

  it('has the key, where the record has one', () => {
    expect(decoded('x', 'amy')).toMatchObject([{ part: 'key', text: 'amy' }, { part: 'value' }])
    expect(decodedPayload({ key: null, value: null })).toEqual([])
    expect(decoded('')).toMatchObject([{ part: 'value', form: 'text', text: '', bytes: 0 }])
  })

  it('shows each character that a reader cannot see, or that reorders others, by its code', () => {
    const hostile = 'a\u001B[31m\u202E\u200Bb\uFEFF\u2028\r\nc\td'
    expect(decoded(hostile)).toMatchObject([
      { text: String.raw`a\u{1b}[31m\u{202e}\u{200b}b\u{feff}\u{2028}\u{d}` + '\nc\td' },
    ])
  })

  it('keeps markup as the text that it is', () => {
    expect(decoded('<img src=x onerror=alert(1)>')).toMatchObject([
      { form: 'text', text: '<img src=x onerror=alert(1)>' },
    ])
  })

  it('is hex where the bytes are no text', () => {
    const [part] = decoded(Uint8Array.from([0xff, 0x3c, 0x62, 0x3e]))
    expect(part).toMatchObject({ form: 'hex', bytes: 4, shown: 4 })
    expect(part?.text).toMatch(/^000000 {2}ff 3c 62 3e +\.<b>$/)
    const [long] = decoded(new Uint8Array(HEX_BYTES_MAX + 1).fill(0x80))
    expect(long).toMatchObject({ form: 'hex', bytes: HEX_BYTES_MAX + 1, shown: HEX_BYTES_MAX })
    expect(long?.text.split('\n')).toHaveLength(HEX_BYTES_MAX / 16)
  })

  it.each([TEXT_BYTES_MAX, TEXT_BYTES_MAX + 1])('is cut at its limit by bytes: %i', (bytes) => {
    const [part] = decoded('x'.repeat(bytes))
    expect(part).toMatchObject({ form: 'text', bytes, shown: TEXT_BYTES_MAX })
    expect(part?.text).toHaveLength(TEXT_BYTES_MAX)
  })

  it('leaves out the character at the limit that is cut in two', () => {
    const [part] = decoded(`${'x'.repeat(TEXT_BYTES_MAX - 1)}é`)
    expect(part).toMatchObject({ form: 'text', text: 'x'.repeat(TEXT_BYTES_MAX - 1) })
  })

  it('stays small for the deepest document', () => {
    const half = TEXT_BYTES_MAX / 2
    const [part] = decoded(`${'['.repeat(half)}${']'.repeat(half)}`)
    expect(part?.form).toBe('json')
    expect(part?.text.length).toBeLessThan(TEXT_BYTES_MAX * 40)
  })
})
