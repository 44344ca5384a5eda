import { describe, expect, it } from 'vitest'
import { CONTROL_PARTITION, partitionOf, PARTITIONS } from '../position/partition.ts'
import type { Change, ChangeOrigin } from './change.ts'
import { belongsIn, changePartitions } from './change-partitions.ts'

const subject = { tenant: 'acme', iss: 'https://idp.acme.example', sub: 'alice' }
const origin: ChangeOrigin = {
  tenant: 'acme',
  source: 'hr',
  id: 'c1',
  occurredAtMs: 0,
  sourceVersion: { epoch: 0n, n: 1n },
}
const order = { by: 'ada', reason: 'an incident' }
const record = { e: 1n, partition: 1, offset: 7n }

const subjects = [partitionOf(subject)]
const control = [CONTROL_PARTITION]

/** A change of each kind without its origin, and its partitions. A kind that has no row does not compile. */
const table: { readonly [K in Change['kind']]: readonly [StatementOf<K>, readonly number[]] } = {
  claim: [{ subject, claim: 'groups', op: 'set', values: [] }, subjects],
  'clear-doubt': [{ subject, claim: 'groups', record, ...order }, subjects],
  account: [{ subject, op: 'disabled' }, control],
  'value-withdrawn': [{ claim: 'groups', value: 'x' }, control],
  'cut-off': [{ scope: 'tenant', target: 'acme' }, control],
  deny: [{ scope: 'key', target: 'k' }, control],
  open: [{ audience: 'a', route: 'r', claim: 'groups', untilMs: 0, ...order }, control],
  close: [{ opening: 'o1', ...order }, control],
  'snapshot-begin': [{}, PARTITIONS],
  'snapshot-end': [{}, PARTITIONS],
  activate: [{ pv: 1, hash: '', minimum: 1 }, PARTITIONS],
}

type StatementOf<K extends Change['kind']> = Omit<
  Extract<Change, { kind: K }>,
  keyof ChangeOrigin | 'kind'
>

const rows = Object.entries(table).map(([kind, [statement, partitions]]) => ({
  kind,
  change: { ...origin, ...statement, kind } as Change,
  partitions,
}))

describe('the partitions of a change (rules 1 and 32)', () => {
  it('are one of its subject, the control partition, or all', () => {
    expect(subjects).not.toEqual(control)
    expect(PARTITIONS).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it.each(rows)('of a $kind are those of its row', ({ change, partitions }) => {
    expect(changePartitions(change)).toEqual(partitions)
  })

  it.each(rows)('are the only ones that a $kind belongs in', ({ change, partitions }) => {
    expect(PARTITIONS.filter((partition) => belongsIn(partition, change))).toEqual(partitions)
  })

  it.each(rows)('contain no partition that does not exist for a $kind', ({ change }) => {
    expect([-1, PARTITIONS.length].some((partition) => belongsIn(partition, change))).toBe(false)
  })
})
