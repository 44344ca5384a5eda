import { describe, expect, it } from 'vitest'
import { bytesOf, headerText } from '../log/record-bytes.ts'
import {
  claimedSourceOf,
  isQuarantinedId,
  originalOf,
  quarantinedIdIn,
  quarantinedIdOf,
  quarantineRecord,
} from './quarantined-record.ts'
import type { LogRecord } from '../log/log.ts'

const found: LogRecord = {
  topic: 'freshet.changes.v1',
  partition: 3,
  offset: 41n,
  appendedAtMs: 0,
  key: bytesOf('k'),
  value: bytesOf('{"value":["secret"]}'),
  headers: { ce_source: bytesOf('hr'), ce_id: bytesOf('c1') },
}
const why = { code: 'event.forbidden', rule: 'not its claim' }

describe('a parked record', () => {
  it('is the original with reason and place beside it', () => {
    const quarantined = quarantineRecord(found, why)
    expect({ key: quarantined.key, value: quarantined.value }).toEqual({
      key: found.key,
      value: found.value,
    })
    const header = (name: string) => headerText(quarantined.headers, name)
    expect(header('freshet_code')).toBe('event.forbidden')
    expect(header('freshet_rule')).toBe('not its claim')
    expect(header('freshet_partition')).toBe('3')
    expect(header('freshet_offset')).toBe('41')
    expect(originalOf(quarantined)).toEqual(originalOf(found))
  })

  it('has a name that is that of the bytes, wherever and however often they stand', () => {
    const id = quarantinedIdOf(found)
    expect(id).toMatch(/^3-[\w-]{22}$/)
    expect(isQuarantinedId(id)).toBe(true)
    const quarantined = quarantineRecord({ ...found, offset: 99n }, why)
    expect(quarantinedIdIn(quarantined)).toBe(id)
    expect(quarantinedIdOf({ ...originalOf(quarantined), partition: 3 })).toBe(id)
  })

  it.each<[string, Partial<LogRecord>]>([
    ['another partition', { partition: 4 }],
    ['another value', { value: bytesOf('{}') }],
    ['another key', { key: null }],
    ['another header', { headers: { ...found.headers, ce_id: bytesOf('c2') } }],
  ])('has another name with %s', (_, other) => {
    expect(quarantinedIdOf({ ...found, ...other })).not.toBe(quarantinedIdOf(found))
  })

  it('takes none of our members from the record itself', () => {
    const liar = {
      ...found,
      headers: {
        ...found.headers,
        freshet_id: bytesOf('1-aaaaaaaaaaaaaaaaaaaaaa'),
        freshet_more: bytesOf('x'),
      },
    }
    expect(quarantinedIdOf(liar)).toBe(quarantinedIdOf(found))
    expect(quarantinedIdIn(quarantineRecord(liar, why))).toBe(quarantinedIdOf(found))
    expect(quarantineRecord(liar, why).headers).not.toHaveProperty('freshet_more')
  })

  it.each(['', '3', '3-short', 'x-aaaaaaaaaaaaaaaaaaaaaa', "3-aaaaaaaaaaaaaaaaaaaaa'"])(
    'has no name like %o',
    (text) => {
      expect(isQuarantinedId(text)).toBe(false)
    },
  )

  it('names its source only in characters that can be shown', () => {
    const claimed = (source: Uint8Array) =>
      claimedSourceOf({ ...found, headers: { ce_source: source } })
    expect(claimed(bytesOf('hr'))).toBe('hr')
    expect(claimed(bytesOf('\u001b[31mhr'))).toBeUndefined()
    expect(claimed(bytesOf('h'.repeat(129)))).toBeUndefined()
    expect(claimed(Uint8Array.of(0xff))).toBeUndefined()
    expect(claimedSourceOf({ ...found, headers: {} })).toBeUndefined()
  })
})
