import fc from 'fast-check'
import { expect, test } from 'vitest'
import { murmur2, partitionOf, PARTITIONS, SUBJECT_PARTITIONS } from './partition.ts'
import { subjectKey } from '../scope/subject.ts'

// Known answers of org.apache.kafka.common.utils.Utils.murmur2, from Apache Kafka's UtilsTest.
const known: readonly (readonly [string, number])[] = [
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
]

test.each(known)('murmur2 of %s is what Java computes', (text, expected) => {
  expect(murmur2(new TextEncoder().encode(text))).toBe(expected)
})

test('the key of a subject is the JSON array of tenant, issuer and sub', () => {
  const subject = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
  expect(subjectKey(subject)).toBe('["acme","https://idp.example","alice"]')
})

test('a subject is never in the control partition, and always in one that exists (rule 1)', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'grapheme' }), (iss, sub) => {
      const partition = partitionOf({ tenant: 'acme', iss, sub })
      expect(partition).toBeGreaterThanOrEqual(1)
      expect(PARTITIONS).toContain(partition)
    }),
  )
})

test('subjects spread over all partitions', () => {
  const seen = new Set<number>()
  for (let n = 0; n < 200; n++) seen.add(partitionOf({ tenant: 'acme', iss: 'i', sub: `s${n}` }))
  expect(seen.size).toBe(SUBJECT_PARTITIONS)
})

test('the partition is that of the key in UTF-8, whatever it is written in', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
    fc.constant('Žofia 🦉'),
  )
  fc.assert(
    fc.property(anyText, (sub) => {
      const subject = { tenant: 'acme', iss: 'https://idp.example', sub }
      const hash = murmur2(new TextEncoder().encode(subjectKey(subject)))
      expect(partitionOf(subject)).toBe(1 + ((hash & 0x7fffffff) % SUBJECT_PARTITIONS))
    }),
  )
})
