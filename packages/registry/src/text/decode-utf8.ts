import { finding } from '../lint/finding.ts'
import type { LocatedFinding, TextPlace } from './located-finding.ts'

/** Returns the text of a file without its byte order mark, or a finding at the place that is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | LocatedFinding {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const message = 'the file is not UTF-8 from here on'
    const notUtf8 = finding('file.not-utf8', '', { message, fix: 'save it as UTF-8' })
    return { ...notUtf8, ...firstBadByte(bytes) }
  }
}

/** A character that reading replaced is not the written one. */
function firstBadByte(bytes: Uint8Array): TextPlace {
  const again = new TextEncoder().encode(
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  )
  const at = bytes.findIndex((byte, index) => again[index] !== byte)
  const lines = new TextDecoder().decode(bytes.subarray(0, at)).split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}
