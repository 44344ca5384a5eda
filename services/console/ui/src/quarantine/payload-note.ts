import type { DecodedPart } from '@freshet/insight/answers'
import { countOf } from '../parts/words.ts'

/** The form and the size of a part, and the limit where a text ends before its part. */
export function payloadNote({ form, bytes, shown }: Omit<DecodedPart, 'part' | 'text'>): string {
  const kind = form === 'hex' ? 'not UTF-8 text, shown as hex' : form === 'json' ? 'JSON' : 'text'
  const size = `${kind}, ${countOf(bytes, 'byte')}.`
  if (shown >= bytes) return size
  return `${size} It is cut after ${countOf(shown, 'byte')}: the command below writes all of it.`
}
