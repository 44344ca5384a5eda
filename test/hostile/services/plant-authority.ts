import {
  EMPTY_CLAIM,
  mergeStatement,
  partitionOf,
  PARTITIONS,
  SILENT_FEED,
  subjectKey,
} from '@freshet/protocol'
import type { MemoryDatabase } from '@freshet/memory'
import { ACME_IDP } from '@freshet/testkit'

/** The hash of the registry that the authority uses. */
export const HASH = 'ab'

/** The members of group `a`. */
const MEMBERS: readonly string[] = ['alice', 'robot']

/** Makes a policy version the active one of every partition. */
export function activate({ progress }: MemoryDatabase, activePv: number): void {
  for (const row of progress.values()) progress.set(String(row.partition), { ...row, activePv })
}

/** Plants the authority's state: sources with heartbeats of that time, and the group of the members. */
export function plant(
  database: MemoryDatabase,
  nowMs: number,
  members: readonly string[] = MEMBERS,
): void {
  for (const partition of PARTITIONS) {
    const policy = { activePv: 1, activeHash: HASH, minimumPv: 1, lastHash: null }
    database.progress.set(String(partition), { partition, e: 1n, nextOffset: 5n, ...policy })
    for (const source of ['hr', 'iga', 'security']) {
      const feed = { ...SILENT_FEED, throughMs: nowMs }
      const key = JSON.stringify(['acme', source, String(partition)])
      database.feeds.set(key, { tenant: 'acme', source, partition, feed })
    }
  }
  for (const sub of members) {
    const subject = { tenant: 'acme', iss: ACME_IDP, sub }
    const statement = { op: 'set', values: ['a'], version: { epoch: 0n, n: 1n } } as const
    const state = mergeStatement(EMPTY_CLAIM, statement)
    const row = { subject, claim: 'groups', partition: partitionOf(subject), source: 'hr', state }
    database.claimStates.set(JSON.stringify([subjectKey(subject), 'groups']), row)
  }
}
