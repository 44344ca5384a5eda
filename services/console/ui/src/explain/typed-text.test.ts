import { describe, expect, it } from 'vitest'
import { readTyped } from './typed-text.ts'

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('what was pasted into the search', () => {
  it.each([
    TOKEN,
    ` ${TOKEN}\n`,
    `Bearer ${TOKEN}`,
    `bearer  ${TOKEN}`,
    `Authorization: Bearer ${TOKEN}`,
    `"${TOKEN}",`,
    `'Bearer ${TOKEN}'`,
    `DPoP ${TOKEN}`,
  ])('is a token: %s', (text) => {
    expect(readTyped(text)).toEqual({ kind: 'token', token: TOKEN })
  })

  it.each([TRACE, TRACE.toUpperCase(), `00-${TRACE}-00f067aa0ba902b7-01`])(
    'is a trace: %s',
    (text) => {
      expect(readTyped(text)).toEqual({ kind: 'trace', trace: TRACE })
    },
  )

  it.each(['alice', 'hr-000000000042', '../../etc/passwd', "' OR 1=1 --", 'a.b.c', '💥'])(
    'is a name, whatever it holds: %s',
    (text) => {
      expect(readTyped(text)).toEqual({ kind: 'name', text })
    },
  )

  it.each(['', '  ', '\n'])('is nothing: %j', (text) => {
    expect(readTyped(text)).toEqual({ kind: 'nothing' })
  })
})
