import { EventError } from '../changes/event-error.ts'
import { pointerOf } from './json-pointer.ts'

/** Largest JSON text in bytes by default: the body limit of the gateway and the authority. */
export const JSON_BYTES_MAX: number = 256 * 1024

/** Values in a JSON text by default. */
export const JSON_VALUES_MAX = 32_768

/** Objects and arrays that can be nested by default. */
export const JSON_DEPTH_MAX = 32

/** Bounds of one parse. */
export interface JsonLimits {
  /** Default {@link JSON_BYTES_MAX}. */
  readonly maxBytes?: number
  /** Default {@link JSON_DEPTH_MAX}. */
  readonly maxDepth?: number
  /** Default {@link JSON_VALUES_MAX}, in proportion to the bytes where these can be more than by default. */
  readonly maxValues?: number
}

interface Cursor {
  readonly text: string
  at: number
  readonly path: (string | number)[]
  readonly maxDepth: number
  /** Values that can still come. */
  valuesLeft: number
}

/**
 * Parses JSON from an untrusted sender. It refuses a text that breaks the grammar, or that parsers read
 * differently. Such a text has a repeated or `__proto__` member, bytes that are no UTF-8, NUL or lone
 * surrogates in strings, or integers beyond 2^53. It also refuses too many bytes, too many values and too deep
 * nesting. Objects have no prototype.
 *
 * @throws `event.malformed` (an {@link EventError}) with the place
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): unknown {
  const maxBytes = limits.maxBytes ?? JSON_BYTES_MAX
  if (bytes.length > maxBytes) refuse([], `has more than ${maxBytes} bytes`)
  const cursor: Cursor = {
    text: decodeUtf8(bytes),
    at: 0,
    path: [],
    maxDepth: limits.maxDepth ?? JSON_DEPTH_MAX,
    valuesLeft: limits.maxValues ?? JSON_VALUES_MAX * Math.max(1, maxBytes / JSON_BYTES_MAX),
  }
  const value = readValue(cursor)
  skipSpace(cursor)
  if (cursor.at < cursor.text.length) unexpected(cursor)
  return value
}

/**
 * Returns the object that {@link parseJson} reads, or `undefined` for any other bytes. The reason, which can
 * quote the content, is dropped.
 */
export function parseJsonObject(
  bytes: Uint8Array,
  limits?: JsonLimits,
): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseJson(bytes, limits)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch (error) {
    if (error instanceof EventError) return undefined
    throw error
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new EventError([{ pointer: '', rule: 'is not UTF-8' }], { cause })
  }
}

function readValue(cursor: Cursor): unknown {
  cursor.valuesLeft -= 1
  if (cursor.valuesLeft < 0) refuse(cursor.path, 'is one value too many')
  skipSpace(cursor)
  switch (cursor.text[cursor.at]) {
    case '{':
      return readObject(cursor)
    case '[':
      return readArray(cursor)
    case '"':
      return readString(cursor)
    case 't':
      return readWord(cursor, 'true', true)
    case 'f':
      return readWord(cursor, 'false', false)
    case 'n':
      return readWord(cursor, 'null', null)
    default:
      return readNumber(cursor)
  }
}

function readObject(cursor: Cursor): Record<string, unknown> {
  const object = Object.create(null) as Record<string, unknown>
  readItems(cursor, '}', () => {
    const name = readName(cursor)
    cursor.path.push(name)
    if (name === '__proto__') refuse(cursor.path, 'is a name that no member may have')
    if (Object.hasOwn(object, name)) refuse(cursor.path, 'is there twice')
    object[name] = readValue(cursor)
    cursor.path.pop()
  })
  return object
}

function readName(cursor: Cursor): string {
  skipSpace(cursor)
  if (cursor.text[cursor.at] !== '"') unexpected(cursor)
  const name = readString(cursor)
  skipSpace(cursor)
  if (cursor.text[cursor.at] !== ':') unexpected(cursor)
  cursor.at += 1
  return name
}

function readArray(cursor: Cursor): readonly unknown[] {
  const items: unknown[] = []
  readItems(cursor, ']', () => {
    cursor.path.push(items.length)
    items.push(readValue(cursor))
    cursor.path.pop()
  })
  return items
}

function readItems(cursor: Cursor, end: '}' | ']', readItem: () => void): void {
  if (cursor.path.length >= cursor.maxDepth) {
    refuse(cursor.path, `is nested deeper than ${cursor.maxDepth}`)
  }
  cursor.at += 1
  skipSpace(cursor)
  if (cursor.text[cursor.at] === end) {
    cursor.at += 1
    return
  }
  for (;;) {
    readItem()
    skipSpace(cursor)
    const next = cursor.text[cursor.at]
    if (next !== ',' && next !== end) unexpected(cursor)
    cursor.at += 1
    if (next === end) return
  }
}

/** A string of printable ASCII without an escape, as nearly all are: its bytes are its value. */
const plainString = /"[\x20\x21\x23-\x5b\x5d-\x7e]*"/y

function readString(cursor: Cursor): string {
  const { text, at } = cursor
  plainString.lastIndex = at
  // It makes no object of its result, as `exec` does: most of a large body is strings.
  if (!plainString.test(text)) return readAnyString(cursor)
  cursor.at = plainString.lastIndex
  return text.slice(at + 1, cursor.at - 1)
}

function readAnyString(cursor: Cursor): string {
  const start = cursor.at
  const end = endOfString(cursor)
  let text: string
  try {
    text = JSON.parse(cursor.text.slice(start, end)) as string
  } catch (cause) {
    const rule = `has a bad escape or a control character after character ${start}`
    throw new EventError([{ pointer: pointerOf(cursor.path), rule }], { cause })
  }
  if (text.includes('\0')) refuse(cursor.path, 'holds the character NUL')
  if (hasLoneSurrogate(text)) refuse(cursor.path, 'holds half of a surrogate pair')
  cursor.at = end
  return text
}

function endOfString(cursor: Cursor): number {
  for (let at = cursor.at + 1; at < cursor.text.length; at++) {
    const character = cursor.text[at]
    if (character === '"') return at + 1
    if (character === '\\') at += 1
  }
  return refuse(cursor.path, 'holds a string without an end')
}

/** Returns whether a text cannot be written as UTF-8. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

function readWord<T>(cursor: Cursor, word: string, value: T): T {
  if (!cursor.text.startsWith(word, cursor.at)) unexpected(cursor)
  cursor.at += word.length
  return value
}

const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function readNumber(cursor: Cursor): number {
  numberForm.lastIndex = cursor.at
  const literal = numberForm.exec(cursor.text)?.[0]
  if (literal === undefined) return unexpected(cursor)
  const value = Number(literal)
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    refuse(cursor.path, 'is a number beyond 2^53: write it as a string')
  }
  cursor.at += literal.length
  return value
}

function skipSpace(cursor: Cursor): void {
  while (isSpace(cursor.text.charCodeAt(cursor.at))) cursor.at += 1
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function unexpected(cursor: Cursor): never {
  return refuse(cursor.path, `is not JSON at character ${cursor.at}`)
}

function refuse(path: readonly (string | number)[], rule: string): never {
  throw new EventError([{ pointer: pointerOf(path), rule }])
}
