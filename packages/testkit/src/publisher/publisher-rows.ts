import type { PublishedPolicy, PublisherSnapshot } from '@freshet/protocol'
import type { OutgoingRecord } from '@freshet/wire'
import type { PublishableRow, PublisherStore, StoreHead } from '@freshet/reconciler'

/** The partition that is published. */
export const PARTITION = 2

/** The published parts of every policy version that the store under test has loaded. */
export const PUBLISHED_POLICY: PublishedPolicy = {
  map: {
    version: 3,
    account: 'hr',
    cutOffs: [],
    leasesMs: new Map([['hr', 5_000]]),
    claims: new Map(),
  },
  tenants: new Set(['acme']),
}

/** Takes the partition that is published. */
export async function own(store: PublisherStore): Promise<bigint> {
  return (await store.take(PARTITION, 'a')) ?? 0n
}

/** A record with this value. */
export function record(value: string): OutgoingRecord {
  const bytes = new TextEncoder().encode(value)
  return { key: bytes, value: bytes, headers: { ce_type: new TextEncoder().encode('test') } }
}

/** The value of a row. */
export function valueText(row: PublishableRow): string {
  return new TextDecoder().decode(row.record.value ?? new Uint8Array())
}

/** A head behind all rows of a snapshot, as they were published. */
export function stored(snapshot: PublisherSnapshot<PublishableRow>, generation: bigint): StoreHead {
  return {
    partition: PARTITION,
    generation,
    linked: snapshot.head?.hash ?? null,
    head: { hash: 'head', offset: 11n },
    kid: 'k1',
    base: { hash: 'base', offset: 3n },
    isAnew: false,
    published: snapshot.rows.map((row, n) => ({
      row,
      offset: 10n + BigInt(n),
      appendedAtMs: 7_000,
    })),
  }
}
