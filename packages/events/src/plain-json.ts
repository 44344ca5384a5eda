import { isUtf8 } from 'node:buffer'
import { JSON_BYTES_MAX, JSON_DEPTH_MAX, parseJson } from './strict-json.ts'

/**
 * What could hide that the strict parser refuses a text which JSON.stringify might have written:
 * escapes, the name that nothing may have, integers that lose digits.
 */
const needsCare = /\\|__proto__|\d{16}|e\+/

/**
 * What `parseJson` makes of the value of a record, with its refusals, in a third of the time where
 * the text is as JSON.stringify writes it. Unlike there, objects have the usual prototype: only
 * their own members count.
 */
export function parseRecordJson(bytes: Uint8Array, maxBytes: number = JSON_BYTES_MAX): unknown {
  return plainJson(bytes, maxBytes) ?? parseJson(bytes, { maxBytes })
}

/**
 * Writing what was read gives the same text only where no member was repeated and each number is
 * what it looks like. `undefined`: not plainly so.
 */
export function plainJson(bytes: Uint8Array, maxBytes: number = JSON_BYTES_MAX): unknown {
  if (bytes.length > maxBytes || !isUtf8(bytes)) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  if (needsCare.test(text) || mayBeDeep(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether so many objects and arrays begin that they could stand too deep inside each other. */
function mayBeDeep(text: string): boolean {
  let begun = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x7b || character === 0x5b) begun += 1
  }
  return begun > JSON_DEPTH_MAX
}
