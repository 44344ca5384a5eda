import type { ClaimChange, LearnedStamp, Registry } from '@freshet/protocol'
import { readIncoming, type Incoming } from '@freshet/wire'
import {
  createIntake,
  sourceStatus,
  type Intake,
  type SourceStatus,
  type SourceViewStore,
  type StampStore,
} from '@freshet/intake'
import type { ManualClock } from '@freshet/testing'
import { ACME_IDP, acmeRegistry } from '../acme-registry.ts'
import { plannedWriter, type PlannedWriter } from '../log/planned-writer.ts'

/** The stamp that the reconciler writes when it applies a record of a partition (rule 35). */
export interface PlacedStamp extends LearnedStamp {
  readonly partition: number
}

/** A store of stamps, with what only a test may do to it. */
export interface StampStoreUnderTest {
  readonly store: StampStore
  readonly view: SourceViewStore
  /** The clock that ages rows, where a test moves it; `undefined` where it is the database's. */
  readonly clock: ManualClock
  /** Takes a backup of everything; the function that is returned puts it back. */
  backup(): Promise<() => Promise<void>>
  /** Writes a stamp as the reconciler does: acknowledged, over what is there, without bytes. */
  learn(stamp: PlacedStamp): Promise<void>
  /** Makes every row older. */
  age(ms: number): Promise<void>
}

/** The key that gateways and reconcilers of the tests share. */
export const TEST_MAC_KEY: Uint8Array = new Uint8Array(32).fill(7)

/** Several gateways on one store and one broker, and a reader of the topic. */
export interface IntakeWorld {
  readonly writer: PlannedWriter
  readonly gateway: Intake
  readonly other: Intake
  /** Returns a source's own view. */
  status(source: string, tenant?: string): Promise<readonly SourceStatus[]>
  /** Everything in a partition, read as the reconciler reads it. */
  read(partition: number): Promise<readonly Incoming[]>
  /** Lets the reconciler learn every stamp of a partition, up to `count` records. */
  relearn(partition: number, count?: number): Promise<void>
}

/** The parts that the suites of one contract work with; made anew for each test. */
export interface IntakeUnderTest {
  readonly under: () => StampStoreUnderTest
  readonly world: () => IntakeWorld
}

/** A world over a store; a gateway that crashes is one that is used no more. */
export function intakeWorld(under: StampStoreUnderTest, registry?: Registry): IntakeWorld {
  const writer = plannedWriter(() => under.clock.nowMs())
  const options = { store: under.store, writer, macKey: () => TEST_MAC_KEY, timer: under.clock }
  const rules = registry ?? acmeRegistry()
  const make = (): Intake => createIntake({ ...options, registry: rules })
  const { store, view, clock } = under
  const read = (partition: number): Promise<readonly Incoming[]> =>
    Promise.all(writer.records(partition).map((record) => readIncoming(record, testKeys)))
  return {
    writer,
    gateway: make(),
    other: make(),
    status: (source, tenant) =>
      sourceStatus({ registry: rules, store, view, clock }, source, tenant),
    read,
    async relearn(partition, count) {
      const incoming = await read(partition)
      for (const [offset, each] of incoming.slice(0, count ?? incoming.length).entries()) {
        if (each.kind !== 'change') continue
        await under.learn(learnedFrom(each, BigInt(offset)))
      }
    },
  }
}

const testKeys = { macKeys: [TEST_MAC_KEY], sourceKeys: () => [] }

function learnedFrom(
  { change, stamp, contentHash }: Extract<Incoming, { kind: 'change' }>,
  offset: bigint,
): PlacedStamp {
  const { tenant, source, id, sequence } = change
  const { partition, number } = stamp
  return { tenant, source, id, partition, number, sequence: sequence ?? null, contentHash, offset }
}

/** `iga` removes an entitlement of a subject; `sequence` is also its version. */
export function igaChange(sequence: bigint, more: Partial<ClaimChange> = {}): ClaimChange {
  return {
    kind: 'claim',
    tenant: 'acme',
    source: 'iga',
    id: `iga-${sequence}`,
    occurredAtMs: 1_795_514_400_000,
    sourceVersion: { epoch: 0n, n: sequence },
    sequence,
    subject: { tenant: 'acme', iss: ACME_IDP, sub: 'alice' },
    claim: 'entitlements',
    op: 'remove',
    values: ['payments:approve'],
    ...more,
  }
}

/** `hr` removes a group of a subject. */
export function hrChange(n: bigint, more: Partial<ClaimChange> = {}): ClaimChange {
  const { sequence: _, ...change } = igaChange(n)
  return { ...change, source: 'hr', id: `hr-${n}`, claim: 'groups', values: ['staff'], ...more }
}
