import {
  chainAfter,
  decodeAuditEntry,
  encodeAuditHead,
  type AuditStream,
  type ChainPoint,
  type QueueFloor,
  type SigningKey,
} from '@freshet/wire'
import type {
  PendingEntry,
  SealedEntry,
  SealStore,
  SignedHead,
  StreamStatus,
} from './seal-store.ts'

/** Entries that one transaction seals. */
export const SEAL_ENTRIES_MAX = 1_000
/** A head is signed when so many entries came since the last one, */
export const HEAD_ENTRIES = 1_000
/** or when there is any and the last one is so old. Older entries cannot be changed without a trace. */
export const HEAD_EVERY_MS = 10_000
/** Heads that are kept in the database are so far apart: pruning cuts at one of them. */
export const KEPT_HEAD_EVERY_MS = 3_600_000

/** The terms of a sealing turn. */
export interface SealTerms {
  readonly nowMs: number
  /** The key that signs now. */
  readonly key: SigningKey
  /** The first waiting entry to read; absent: the first of all. */
  readonly floor?: QueueFloor
}

/**
 * Seals what waits in a stream, in one transaction: entries get their places and hashes, and a head is
 * signed where one is due. A crash before the commit changes nothing, and everything waits on.
 *
 * Resolves with the number of entries; `undefined` where another sealer is at it.
 *
 * @throws `database.*`, `config.invalid` for a key of another algorithm
 */
export async function sealOnce(
  store: SealStore,
  stream: AuditStream,
  terms: SealTerms,
): Promise<number | undefined> {
  const after = terms.floor?.next() ?? 0n
  if (!(await store.waits(stream, after))) {
    terms.floor?.raise(0n)
    return 0
  }
  const sealed = await store.inStream(stream, async (tx) => {
    const pending = await tx.pending(SEAL_ENTRIES_MAX, after)
    const entries = chained(tx.status, pending)
    const { n, hash } = entries.at(-1) ?? tx.status
    const signed = headDue(stream, { ...tx.status, n, hash }, terms)
    if (entries.length > 0 || signed) await tx.seal({ entries, to: { n, hash }, signed })
    return { count: entries.length, last: pending.at(-1)?.id ?? 0n }
  })
  if (sealed !== undefined) terms.floor?.raise(sealed.last)
  return sealed?.count
}

function chained(from: ChainPoint, pending: readonly PendingEntry[]): readonly SealedEntry[] {
  let point = from
  return pending.map(({ id, text }) => {
    point = chainAfter(point, text)
    return { ...point, id, text, entry: decodeAuditEntry(text) }
  })
}

function headDue(
  stream: AuditStream,
  { n, hash, head, keptHeadAtMs }: StreamStatus,
  { nowMs: atMs, key }: SealTerms,
): SignedHead | undefined {
  const since = n - (head?.n ?? 0n)
  const isOld = head === null || atMs - head.atMs >= HEAD_EVERY_MS
  if (since === 0n || (since < BigInt(HEAD_ENTRIES) && !isOld)) return undefined
  const next = { stream, n, hash, atMs }
  const isKept = keptHeadAtMs === null || atMs - keptHeadAtMs >= KEPT_HEAD_EVERY_MS
  return { head: next, record: encodeAuditHead(next, key), isKept }
}
