import {
  chainAfter,
  chainStart,
  decodeAuditEntry,
  type AuditKind,
  type AuditStream,
  type ChainPoint,
} from '@freshet/wire'
import type { AuditReader, StoredEntry, StoredStatus } from './audit-reader.ts'

/** Entries that are read at once. */
const PAGE_ENTRIES = 2_000
/** Its entries are about a record that must stay as it was. */
const ISSUED: AuditKind = 'token-issued'

/** The first entry of a stream that is not as it was. */
export interface ChainFinding {
  /**
   * `altered`: it is there, and its text or what it is found by was changed, or it stands at the place
   * of another. `missing`: it is gone. `rewritten`: it or one up to `to` was changed, and everything
   * behind it was hashed anew. `record`: it is as it was, and the issuance record that it is about is
   * not. `pruned`: what was before it is gone without a signed head that is old
   * enough.
   */
  readonly what: 'altered' | 'missing' | 'rewritten' | 'record' | 'pruned'
  readonly n: bigint
  /** Last entry of which the same may be true. */
  readonly to: bigint
}

/** A chain that is walked from its beginning, a page of entries in memory at a time. */
export class ChainWalk {
  readonly stream: AuditStream
  readonly #reader: AuditReader
  readonly #onEntries: (count: number) => void
  #at: ChainPoint
  #page: readonly StoredEntry[] = []
  #next = 0
  #issuances: ReadonlyMap<string, string> = new Map()

  constructor(
    stream: AuditStream,
    { pruned }: StoredStatus,
    reader: AuditReader,
    onEntries: (count: number) => void,
  ) {
    this.stream = stream
    this.#reader = reader
    this.#onEntries = onEntries
    this.#at = pruned ?? chainStart(stream)
  }

  /** The last entry that was walked over, and the hash over all up to it. */
  get at(): ChainPoint {
    return this.#at
  }

  /** Walks on to an entry; without one, to the end. Returns the first entry that does not match its hash. */
  async to(n?: bigint): Promise<ChainFinding | undefined> {
    for (;;) {
      if (this.#at.n === n) return undefined
      const entry = await this.#take()
      const expected = this.#at.n + 1n
      if (entry === undefined) {
        return n === undefined ? undefined : { what: 'missing', n: expected, to: n }
      }
      if (entry.n !== expected) return { what: 'missing', n: expected, to: entry.n - 1n }
      const point = chainAfter(this.#at, entry.text)
      if (point.hash !== entry.hash || !isFoundByItsText(entry)) {
        return { what: 'altered', n: expected, to: expected }
      }
      if (this.#isRecordChanged(entry)) return { what: 'record', n: expected, to: expected }
      this.#at = point
    }
  }

  /** The stored hash of an entry. */
  async hashAt(n: bigint): Promise<string | undefined> {
    return (await this.#entryAt(n))?.hash
  }

  /** Returns whether there is such an entry, from before that time. */
  async isOlderAt(n: bigint, beforeMs: number): Promise<boolean> {
    const entry = await this.#entryAt(n)
    return entry !== undefined && entry.atMs < beforeMs
  }

  async #entryAt(n: bigint): Promise<StoredEntry | undefined> {
    const [entry] = await this.#reader.entries(this.stream, n - 1n, 1)
    return entry?.n === n ? entry : undefined
  }

  async #take(): Promise<StoredEntry | undefined> {
    if (this.#next === this.#page.length) {
      this.#page = await this.#reader.entries(this.stream, this.#at.n, PAGE_ENTRIES)
      this.#next = 0
      this.#onEntries(this.#page.length)
      const issued = this.#page.filter(({ kind }) => kind === ISSUED)
      this.#issuances = await this.#reader.issuances(issued.map(({ ref }) => ref))
    }
    return this.#page[this.#next++]
  }

  /** A missing record proves nothing: it was old, or a subject was erased. */
  #isRecordChanged({ kind, ref, text }: StoredEntry): boolean {
    const now = kind === ISSUED ? this.#issuances.get(ref) : undefined
    return now !== undefined && decodeAuditEntry(text)?.detail['issuance'] !== now
  }
}

/** The columns of lists are beside the text, and must not hide an entry from them. */
function isFoundByItsText({ text, kind, tenant, ref, atMs }: StoredEntry): boolean {
  const entry = decodeAuditEntry(text)
  if (entry === undefined) return kind === '' && tenant === '' && ref === ''
  const { kind: entryKind } = entry
  return entryKind === kind && entry.tenant === tenant && entry.ref === ref && entry.atMs === atMs
}
