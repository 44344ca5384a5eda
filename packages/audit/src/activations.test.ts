import { encodeAuditEntry, type AuditEntry } from '@freshet/wire'
import { expect, it } from 'vitest'
import { joinActivations, readEntries } from './activations.ts'
import type { ListedEntry } from './audit-reader.ts'

const activated = (partition: number, ref = '4'): AuditEntry => ({
  kind: 'policy-activated',
  atMs: 1_795_514_400_000 + partition,
  tenant: '*',
  ref,
  by: 'reconciler',
  detail: { partition, hash: 'abc' },
})

/** The listed entries of these, newest first. */
function listed(...entries: readonly AuditEntry[]): readonly ListedEntry[] {
  return entries.map((entry, index) => {
    const { kind, tenant, ref, atMs } = entry
    const n = BigInt(entries.length - index)
    const found = { stream: 'control', n, hash: '', kind, tenant, ref, atMs } as const
    return { ...found, text: encodeAuditEntry(entry) }
  })
}

const shown = (...entries: readonly AuditEntry[]) =>
  joinActivations(readEntries(listed(...entries))).map(({ n, detail }) => [String(n), detail])

it('makes one entry of an activation in several partitions, and another of the next version', () => {
  expect(shown(activated(2), activated(0), activated(1), activated(0, '3'))).toEqual([
    ['4', { partitions: '0, 1, 2', hash: 'abc' }],
    ['1', { partition: 0, hash: 'abc' }],
  ])
})

it('leaves a second activation of the same version in a partition apart, and everything else as it is', () => {
  const published: AuditEntry = { ...activated(0), kind: 'policy-published', detail: {} }
  expect(shown(activated(1), activated(1), published)).toEqual([
    ['3', { partition: 1, hash: 'abc' }],
    ['2', { partition: 1, hash: 'abc' }],
    ['1', {}],
  ])
})

it('keeps an entry that this build cannot read', () => {
  const later = listed(activated(0)).map((entry) => ({ ...entry, text: '{"kind":"x"}' }))
  expect(joinActivations(readEntries(later))).toMatchObject([{ by: null, detail: null }])
})
