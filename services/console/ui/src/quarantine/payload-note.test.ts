import { expect, it } from 'vitest'
import { payloadNote } from './payload-note.ts'

it.each([
  [{ form: 'json', bytes: 1, shown: 1 } as const, 'JSON, 1 byte.'],
  [
    { form: 'text', bytes: 20_000, shown: 16_384 } as const,
    'text, 20,000 bytes. It is cut after 16,384 bytes: the command below writes all of it.',
  ],
  [{ form: 'hex', bytes: 4, shown: 4 } as const, 'not UTF-8 text, shown as hex, 4 bytes.'],
])('%o is shown with the note %s', (part, note) => {
  expect(payloadNote(part)).toBe(note)
})
