import type { OutgoingRecord } from '@freshet/wire'
import type { Random } from '../random.ts'

/**
 * Returns a proven record that cannot be read (rule 20). It is cut short, has an operation or a critical
 * member that is not known, or has not even a subject.
 */
export function garbled(record: OutgoingRecord, random: Random): OutgoingRecord {
  const { key, value, headers } = record
  const text = Buffer.from(value ?? []).toString()
  switch (random.pick(['cut', 'op', 'critical', 'rubbish'] as const)) {
    case 'cut':
      return { key, value: bytesOf(text.slice(0, random.below(text.length))), headers }
    case 'op':
      return { key, value: withMember(text, { op: 'unheard-of' }), headers }
    case 'critical':
      return { key, value: withMember(text, { critical: ['unheard-of'] }), headers }
    case 'rubbish':
      return { key: null, value: bytesOf('\u0000'.repeat(random.between(1, 40))), headers }
  }
}

function withMember(text: string, member: object): Uint8Array {
  return bytesOf(JSON.stringify({ ...(JSON.parse(text) as object), ...member }))
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
