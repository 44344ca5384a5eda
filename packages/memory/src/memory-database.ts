import type { FeedEpoch } from '@freshet/intake'
import type { ActivationOrder, PublishedVersion } from '@freshet/registry'
import type { QuarantinedRecord } from '@freshet/reconciler'
import type { IssuanceRow, TokenMarkRow, TokenRow } from './authority/memory-ledger-rows.ts'
import type {
  AccountRow,
  AssertionRow,
  AuditPendingRow,
  SourceUseRow,
  ChangeLogRow,
  CheckpointRow,
  ClaimStateRow,
  ContradictionRow,
  DenialRow,
  DoubtRow,
  EdgeRow,
  FeedRefusalRow,
  FeedRow,
  ForeignTokenRow,
  MissedRow,
  OutboxRow,
  ProgressRow,
  RecordingPauseRow,
  PublisherRow,
  StampFloorRow,
  StampRow,
  WatermarkRow,
  WithdrawnValueRow,
} from './memory-rows.ts'
import { MemoryTable, type Journal } from './memory-table.ts'

/** Row locks by name. A caller that needs a held lock waits until all earlier callers are finished. */
class MemoryLocks {
  /** Promises by name of the lock. Each resolves when the last caller is done. */
  readonly #held = new Map<string, Promise<void>>()

  /** True while some work holds the lock, or waits for it. */
  isHeld(name: string): boolean {
    return this.#held.has(name)
  }

  /** Takes the locks in the given order and releases them when `work` has ended. */
  async holding<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const releases: (() => void)[] = []
    try {
      for (const name of names) releases.push(await this.#take(name))
      return await work()
    } finally {
      for (const release of releases) release()
    }
  }

  async #take(name: string): Promise<() => void> {
    const before = this.#held.get(name)
    let giveBack = (): void => undefined
    const held = new Promise<void>((resolve) => {
      giveBack = resolve
    })
    this.#held.set(name, held)
    await before
    return () => {
      if (this.#held.get(name) === held) this.#held.delete(name)
      giveBack()
    }
  }
}

/**
 * The point at which a test makes a transaction fail. With `unknown`, it commits, and the caller gets an
 * error.
 */
export type MemoryFault = 'before-commit' | 'unknown'

/**
 * The tables that packages/postgres/migrations has for writers, in process, for tests and for a demo without Java.
 *
 * A transaction of one statement runs alone, and commits as a whole or not at all. A transaction of several
 * statements reads in each the rows that are committed then, as READ COMMITTED does, and writes all rows at
 * its end. Rows are values: a writer stores a new object and never changes a stored one.
 */
export class MemoryDatabase {
  #journal: Journal | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #nextId = 1n
  #restores = 0
  readonly #locks = new MemoryLocks()
  readonly #faults: MemoryFault[] = []
  readonly #backups: (() => () => void)[] = []

  readonly progress: MemoryTable<ProgressRow> = this.#table()
  readonly publishers: MemoryTable<PublisherRow> = this.#table()
  readonly checkpoints: MemoryTable<CheckpointRow> = this.#table()
  readonly claimStates: MemoryTable<ClaimStateRow> = this.#table()
  readonly accounts: MemoryTable<AccountRow> = this.#table()
  readonly withdrawnValues: MemoryTable<WithdrawnValueRow> = this.#table()
  readonly doubts: MemoryTable<DoubtRow> = this.#table()
  readonly watermarks: MemoryTable<WatermarkRow> = this.#table()
  readonly denials: MemoryTable<DenialRow> = this.#table()
  readonly feeds: MemoryTable<FeedRow> = this.#table()
  readonly feedRefusals: MemoryTable<FeedRefusalRow> = this.#table()
  readonly contradictions: MemoryTable<ContradictionRow> = this.#table()
  readonly missedChanges: MemoryTable<MissedRow> = this.#table()
  readonly quarantine: MemoryTable<QuarantinedRecord> = this.#table()
  readonly changeLog: MemoryTable<ChangeLogRow> = this.#table()
  readonly outbox: MemoryTable<OutboxRow> = this.#table()
  readonly stamps: MemoryTable<StampRow> = this.#table()
  readonly stampFloors: MemoryTable<StampFloorRow> = this.#table()
  readonly feedEpochs: MemoryTable<FeedEpoch> = this.#table()
  readonly tokens: MemoryTable<TokenRow> = this.#table()
  readonly issuances: MemoryTable<IssuanceRow> = this.#table()
  readonly foreignTokens: MemoryTable<ForeignTokenRow> = this.#table()
  readonly assertions: MemoryTable<AssertionRow> = this.#table()
  readonly sourceUses: MemoryTable<SourceUseRow> = this.#table()
  readonly recordingPauses: MemoryTable<RecordingPauseRow> = this.#table()
  readonly tokenMarks: MemoryTable<TokenMarkRow> = this.#table()
  readonly registryVersions: MemoryTable<{ pv: number; hash: string }> = this.#table()
  readonly policyVersions: MemoryTable<PublishedVersion> = this.#table()
  readonly activationOrders: MemoryTable<ActivationOrder> = this.#table()
  readonly edges: MemoryTable<EdgeRow> = this.#table()
  readonly auditPending: MemoryTable<AuditPendingRow> = this.#table()

  /** Runs `work` alone. Its writes are undone when it rejects. */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#run(work))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /**
   * Waits for the locks of rows and holds them while it runs the statements of `work`. Other transactions do
   * not see the writes of `atCommit` before the commit. The writes are dropped if `work` rejects or a restore
   * came in between.
   */
  statements<T>(
    locks: readonly string[],
    work: (atCommit: (write: () => void) => void) => Promise<T>,
  ): Promise<T> {
    return this.#locks.holding(locks, async () => {
      const restores = this.#restores
      const writes: (() => void)[] = []
      const result = await work((write) => writes.push(write))
      await this.transaction(async () => {
        if (restores !== this.#restores) throw new MemoryFaultError('before-commit')
        for (const write of writes) write()
      })
      return result
    })
  }

  /** True while a transaction of several statements holds the lock of a row, or waits for it. */
  isLocked(name: string): boolean {
    return this.#locks.isHeld(name)
  }

  /** Makes the next transaction that reaches its commit fail in this way. */
  failNext(fault: MemoryFault): void {
    this.#faults.push(fault)
  }

  /**
   * Copies all present rows. The returned function restores them, and transactions that are open then fail.
   */
  backup(): () => Promise<void> {
    const restores = this.#backups.map((backup) => backup())
    return () =>
      this.transaction(async () => {
        this.#restores++
        for (const restore of restores) restore()
      })
  }

  /** Returns a number for an identity column. Gaps are allowed, repeats are not. */
  nextId(): bigint {
    return this.#nextId++
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.#journal = []
    try {
      const result = await work()
      const fault = this.#faults.shift()
      if (fault === 'unknown') this.#journal = []
      if (fault) throw new MemoryFaultError(fault)
      return result
    } catch (error) {
      for (const undo of this.#journal.toReversed()) undo()
      throw error
    } finally {
      this.#journal = undefined
    }
  }

  #table<Row>(): MemoryTable<Row> {
    const table = new MemoryTable<Row>(() => this.#journal)
    this.#backups.push(() => table.backup())
    return table
  }
}

/** Thrown by a planned fault. Adapters translate it to `database.unavailable`. */
export class MemoryFaultError extends Error {
  readonly fault: MemoryFault

  constructor(fault: MemoryFault) {
    super(`planned fault: ${fault}`)
    this.fault = fault
  }
}
