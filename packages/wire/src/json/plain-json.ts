import { isUtf8 } from 'node:buffer'
import { JSON_BYTES_MAX, JSON_DEPTH_MAX, parseJson } from './strict-json.ts'

/**
 * Parts of a text that `JSON.stringify` can write and that the strict parser possibly refuses: escapes, the
 * forbidden name, integers that lose digits.
 */
const needsCare = /\\|__proto__|\d{16}|e\+/

/**
 * Parses the value of a record with the result and the refusals of `parseJson`. It takes a third of the time
 * if `JSON.stringify` wrote the text. Unlike there, objects have the usual prototype: only their own members
 * count.
 */
export function parseRecordJson(bytes: Uint8Array, maxBytes: number = JSON_BYTES_MAX): unknown {
  return plainJson(bytes, maxBytes) ?? parseJson(bytes, { maxBytes })
}

/**
 * If writing the parsed value gives the same text, no member is repeated and each number is exact. Returns
 * `undefined` if the text is not plainly so.
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

/** Returns whether the text begins so many objects and arrays that they can be nested too deep. */
function mayBeDeep(text: string): boolean {
  let begun = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x7b || character === 0x5b) begun += 1
  }
  return begun > JSON_DEPTH_MAX
}
