import type { DecodedPart } from '@freshet/insight/answers'
import type { OutgoingRecord } from '@freshet/wire'

/** Deeper levels get no further indentation: the text of a hostile document stays small. */
const LEVELS_MAX = 16
/** The tokens of JSON; the space between them is dropped. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g

/**
 * Returns JSON with a line for each member; `undefined` for a text that is no JSON object or array. Every token stays
 * as it came: a repeated member and a large number are shown, and not read.
 */
function indentedJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text) || !isJson(text)) return undefined
  let level = 0
  let indented = ''
  let before = ''
  for (const token of text.match(TOKEN) ?? []) {
    const isEnd = token === ']' || token === '}'
    const isEmpty = isEnd && (before === '[' || before === '{')
    if (isEnd) level -= 1
    if ((isEnd && !isEmpty) || (!isEnd && (before === '[' || before === '{' || before === ',')))
      indented += lineAt(level)
    indented += token === ':' ? ': ' : token
    if (token === '[' || token === '{') level += 1
    before = token
  }
  return indented
}

function lineAt(level: number): string {
  return `\n${'  '.repeat(Math.min(level, LEVELS_MAX))}`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The bytes of a part that are decoded; the rest is counted. */
export const TEXT_BYTES_MAX = 16_384
/** The same for a part that is no text: each of its bytes takes four characters. */
export const HEX_BYTES_MAX = 4_096
const HEX_LINE_BYTES = 16
const OFFSET_CHARS = 6
const CODE_BASE = 16

/** Characters that a reader cannot see, or that change the order of others. Line breaks and tabs are none. */
const UNSEEN = /[^\P{C}\n\t]|[\u2028\u2029]/gu
/** The form of a compact JWS. It proves nothing: the record can be a forged one. */
const COMPACT_JWS = /^([\w-]+)\.([\w-]*)\.[\w-]*$/

/**
 * Returns the payload of a record for people: text where the bytes are text, and hex where they are not. A compact JWS
 * is shown by its header and its payload, without its signature. Nothing of it is verified.
 */
export function decodedPayload({
  key,
  value,
}: Pick<OutgoingRecord, 'key' | 'value'>): readonly DecodedPart[] {
  return [
    ...(key === null || key.length === 0 ? [] : [partOf('key', key)]),
    ...(value === null ? [] : (jwsParts(value) ?? [partOf('value', value)])),
  ]
}

function jwsParts(value: Uint8Array): readonly DecodedPart[] | undefined {
  const [, header, payload] = COMPACT_JWS.exec(Buffer.from(value).toString('latin1')) ?? []
  if (header === undefined || payload === undefined) return undefined
  const named = partOf('jws-header', Buffer.from(header, 'base64url'))
  if (named.form !== 'json') return undefined
  return [named, partOf('jws-payload', Buffer.from(payload, 'base64url'))]
}

function partOf(part: DecodedPart['part'], bytes: Uint8Array): DecodedPart {
  const text = textOf(bytes)
  if (text === undefined) {
    const shown = bytes.subarray(0, HEX_BYTES_MAX)
    return { part, form: 'hex', text: hexOf(shown), bytes: bytes.length, shown: shown.length }
  }
  const json = indentedJson(text)
  return {
    part,
    form: json === undefined ? 'text' : 'json',
    text: seen(json ?? text),
    bytes: bytes.length,
    shown: Math.min(bytes.length, TEXT_BYTES_MAX),
  }
}

/** Returns the begin of the bytes as UTF-8; `undefined` if they are none. A character at the limit is left out. */
function textOf(bytes: Uint8Array): string | undefined {
  const isCut = bytes.length > TEXT_BYTES_MAX
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    return decoder.decode(bytes.subarray(0, TEXT_BYTES_MAX), { stream: isCut })
  } catch {
    return undefined
  }
}

/** Writes each unseen character as its code: `\u{202e}`. */
function seen(text: string): string {
  return text.replaceAll(UNSEEN, (char) => {
    return `\\u{${(char.codePointAt(0) ?? 0).toString(CODE_BASE)}}`
  })
}

/** Returns lines of offset, bytes and printable ASCII. */
function hexOf(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += HEX_LINE_BYTES) {
    const line = Buffer.from(bytes.subarray(at, at + HEX_LINE_BYTES))
    const pairs = [...line].map((byte) => byte.toString(CODE_BASE).padStart(2, '0'))
    const ascii = line.toString('latin1').replaceAll(/[^ -~]/g, '.')
    const offset = at.toString(CODE_BASE).padStart(OFFSET_CHARS, '0')
    lines.push(`${offset}  ${pairs.join(' ').padEnd(HEX_LINE_BYTES * 3)} ${ascii}`)
  }
  return lines.join('\n')
}
