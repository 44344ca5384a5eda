import type { Clock } from '@freshet/protocol'
import type { PublishedRow, StoreHead } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import type { StoredCheckpoint } from '../memory-rows.ts'

/**
 * Stores a head and the state of its published rows. Returns `false` if another publisher owns the partition
 * or the head is another one.
 */
export function storeHead(database: MemoryDatabase, stored: StoreHead, clock: Clock): boolean {
  const { partition, generation, linked, base, published } = stored
  const row = database.publishers.get(String(partition))
  if (!row || row.generation !== generation || (row.head?.hash ?? null) !== linked) return false
  const head = { ...stored.head, storedAtMs: clock.nowMs() }
  const isMapIn = published.some((each) => each.row.permanent?.kind === 'map')
  database.publishers.set(String(partition), {
    ...row,
    head,
    base,
    signers: signersSince(row.signers, stored),
    renewedAtMs: clock.nowMs(),
    mapPublished: isMapIn ? head : row.mapPublished,
  })
  noteCandidate(database, stored, head)
  for (const each of published) removeRow(database, each, head)
  return true
}

/**
 * Returns the signers since the base. A new root does not depend on earlier keys, whose offsets can be those
 * of another topic.
 */
function signersSince(
  before: ReadonlyMap<string, bigint>,
  { head, kid, base, isAnew }: StoreHead,
): ReadonlyMap<string, bigint> {
  const needed = isAnew ? [] : [...before].filter(([, offset]) => offset >= base.offset)
  return new Map([...needed, [kid, head.offset]])
}

function noteCandidate(database: MemoryDatabase, stored: StoreHead, head: StoredCheckpoint): void {
  const { partition, base, isAnew } = stored
  for (const old of database.checkpoints.values()) {
    const isOver = old.partition === partition && (isAnew || old.offset < base.offset)
    if (isOver) database.checkpoints.delete(keyOf(old))
  }
  const candidate = isAnew ? { ...head, ...base } : head
  const row = { partition, ...candidate, isRoot: isAnew }
  database.checkpoints.set(keyOf(row), row)
}

function keyOf(row: {
  readonly partition: number
  readonly offset: bigint
  readonly hash: string
}) {
  return JSON.stringify([row.partition, String(row.offset), row.hash])
}

function removeRow(database: MemoryDatabase, each: PublishedRow, head: StoredCheckpoint): void {
  const { row, offset, appendedAtMs } = each
  if (row.permanent?.kind === 'denial') noteDenial(database, row.permanent.denialKey, head)
  if (row.id === null) return
  const stored = database.outbox.get(String(row.id))
  if (!stored || !isSame(stored.value, row.record.value)) return
  const { change, partition } = stored
  database.outbox.delete(String(row.id))
  if (!change) return
  const key = JSON.stringify([change.tenant, change.source, change.id, partition])
  const logged = database.changeLog.get(key)
  if (logged && logged.publishedAtMs === null) {
    const published = { publishedAtMs: appendedAtMs, revocationOffset: offset }
    database.changeLog.set(key, { ...logged, ...published })
  }
}

/**
 * Returns whether the row still has the published content. A restore can give its number to another row,
 * which must stay.
 */
function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function noteDenial(database: MemoryDatabase, key: string, published: StoredCheckpoint): void {
  const denial = database.denials.get(key)
  if (denial) database.denials.set(key, { ...denial, published })
}
