import {
  HEAD_EVERY_MS,
  sealOnce,
  verifyAudit,
  type AuditReader,
  type SealStore,
} from '@freshet/audit'
import {
  AUDIT_TOPIC,
  generateKey,
  importJwks,
  importSigningKey,
  type AuditEntry,
  type AuditLog,
  type OutgoingRecord,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { ManualClock } from '@freshet/testing'
import { fakeLog, type FakeLog } from '@freshet/testing/parts'

/** Stores of one database, for two sealers. */
export interface AuditUnderTest {
  readonly log: AuditLog
  readonly stores: readonly [SealStore, SealStore]
  readonly reader: AuditReader
  /** Returns the records in the outbox for the topic of the audit, oldest first; they stay there. */
  outbox(): Promise<readonly OutgoingRecord[]>
}

/** An entry of chain `control`, identified by a number. */
export function auditEntry(number: number, more: Partial<AuditEntry> = {}): AuditEntry {
  const about = { tenant: 'acme', ref: `deny-token-${number}`, by: 'ann' }
  const detail = { op: 'deny', scope: 'token', target: `t${number}` }
  return { kind: 'cut-off-ordered', atMs: 1_795_514_400_000 + number, ...about, detail, ...more }
}

/** The parts that a suite of the audit works with: a clock, a key pair, a topic. */
export interface AuditWorld {
  readonly clock: ManualClock
  readonly topic: FakeLog
  readonly signing: SigningKey
  readonly keys: readonly VerifyKey[]
  /** Seals what waits of `control`; one head is due by then. */
  seal(under: AuditUnderTest): Promise<void>
  /** Lets the topic hold what the outbox holds. */
  publish(under: AuditUnderTest): Promise<void>
  verify(under: AuditUnderTest): ReturnType<typeof verifyAudit>
}

/** Makes one. */
export async function auditWorld(): Promise<AuditWorld> {
  const { privateJwk, publicJwk } = await generateKey('EdDSA', 'audit-1')
  const signing = importSigningKey(privateJwk)
  const keys = importJwks({ keys: [publicJwk] })
  const clock = new ManualClock()
  const topic = fakeLog(1, () => clock.nowMs())
  let published = 0
  return {
    clock,
    topic,
    signing,
    keys,
    async seal({ stores }) {
      await clock.advance(HEAD_EVERY_MS)
      await sealOnce(stores[0], 'control', { nowMs: clock.nowMs(), key: signing })
    },
    async publish(under) {
      const fresh = (await under.outbox()).slice(published)
      published += fresh.length
      if (fresh.length > 0) await topic.append(AUDIT_TOPIC, 0, fresh)
    },
    verify: ({ reader }) => verifyAudit({ reader, log: topic, keys, clock }),
  }
}
