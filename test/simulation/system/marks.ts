import type { MintStore } from '@freshet/authority'
import { feedCondition, FreshetError, takingOf } from '@freshet/protocol'
import { REVOCATIONS_TOPIC, type LogReader } from '@freshet/wire'
import type { StampStore } from '@freshet/intake'
import type { MemoryDatabase } from '@freshet/memory'
import type { VersionStore } from '@freshet/registry'
import type {
  CommittedBatch,
  MarkStore,
  PruneStore,
  PublisherStore,
  RecorderStore,
} from '@freshet/reconciler'

/** Records that a run reached a rare path of the product. */
export type Note = (mark: string) => void

/** A publisher found its head gone, and wrote a new root. */
export const ANEW = 'republished from a root'

/*
 * Each of these functions wraps a port and notes its calls. They observe the product only from outside: it
 * has no switch and reports to none of them.
 */

/** Notes of pruning: a denial ended in time. */
export function notedPruning(store: PruneStore, note: Note): PruneStore {
  return {
    ...store,
    async pruneDenials(...age) {
      const removed = await store.pruneDenials(...age)
      if (removed > 0) note('denial pruned')
      return removed
    },
  }
}

/** Notes of publishing: the owner of a partition, and its head. */
export function notedPublisher(
  store: PublisherStore,
  { publishers }: MemoryDatabase,
  note: Note,
): PublisherStore {
  return {
    ...store,
    async take(partition, owner) {
      const generation = await store.take(partition, owner)
      if (generation !== undefined && generation > 1n) note('partition taken over')
      return generation
    },
    async renew(partition, generation) {
      const isOurs = await store.renew(partition, generation)
      if (!isOurs) note('ownership lost')
      return isOurs
    },
    async store(head) {
      const before = publishers.get(String(head.partition))?.base ?? null
      const isStored = await store.store(head)
      const isMoved = before !== null && before.hash !== head.base.hash
      const isDeniedAgain = head.published.some(
        ({ row }) => row.id === null && row.permanent?.kind === 'denial',
      )
      if (!isStored) note('head of a zombie refused')
      else if (head.isAnew) note(before === null ? 'first root' : ANEW)
      else {
        if (isMoved) note('base moved')
        if (isDeniedAgain) note('denial published again')
      }
      return isStored
    },
  }
}

/** Notes of a publisher's reading back: its record is no longer there. */
export function notedReadBack(reader: LogReader, note: Note): LogReader {
  return {
    bounds: (...args) => reader.bounds(...args),
    follow: (topic, from, follower, signal) => reader.follow(topic, from, follower, signal),
    async read(topic, partition, from, limit) {
      try {
        const records = await reader.read(topic, partition, from, limit)
        if (records.length === 0 && topic === REVOCATIONS_TOPIC) note('head read back missing')
        return records
      } catch (error) {
        if (codeOf(error) === 'broker.offset-lost') note('head read back missing')
        throw error
      }
    },
  }
}

/** Notes of policy versions: the process fetched one that it did not hold. */
export function notedVersions(store: VersionStore, note: Note): VersionStore {
  return {
    ...store,
    find(pv) {
      note('policy version fetched')
      return store.find(pv)
    },
  }
}

/** Notes of recording: transactions that find their position gone. */
export function notedRecorder(store: RecorderStore, note: Note): RecorderStore {
  return {
    ...store,
    async inPartition(partition, work, isShared = false) {
      let isSaved = false
      const noted: typeof work = (tx) =>
        work({
          progress: tx.progress,
          load: (needed) => tx.load(needed),
          walk: (step) => tx.walk(step),
          walking: () => tx.walking(),
          save: (batch) => {
            isSaved = true
            return tx.save(batch)
          },
        })
      const result = await store.inPartition(partition, noted, isShared)
      if (!isSaved) note('position moved under a recorder')
      else if (isShared) note('heartbeats recorded together')
      return result
    },
  }
}

/** Notes of a committed batch. */
export function noteCommitted({ decision }: CommittedBatch, note: Note): void {
  for (const { outcome } of decision.log) note(`change ${outcome}`)
  for (const { kind } of decision.marks)
    note(kind === 'subject' ? 'subject to be marked' : 'wide change to be marked')
  for (const { code } of decision.quarantine) note(`parked: ${code}`)
  for (const { lost, gained } of decision.missed) {
    if (lost.length > 0) note('missed removal')
    if (gained) note('missed grant')
  }
  for (const { feed } of decision.feeds) note(`feed ${feedCondition(feed)}`)
  noteEnding({ decision, consumed: decision.consumed }, note)
}

/** Notes of the end of a snapshot that is processed in steps. */
function noteEnding(
  {
    decision,
    consumed,
  }: { readonly decision: CommittedBatch['decision']; readonly consumed: number },
  note: Note,
): void {
  if (decision.walksFirst !== null) note('record waits for a walk')
  for (const { statements } of decision.feeds) {
    if (statements.ending?.phase === 'counting') note('end counted in steps')
    const taking = takingOf(statements)
    if (taking === null) continue
    if (taking.after !== null && consumed > 0) note('record between steps of a walk')
    note(taking.after === null ? 'walk begins' : 'walk goes on')
  }
}

/** Notes of marking. */
export function notedMarks(store: MarkStore, note: Note): MarkStore {
  return {
    async markSome(limit) {
      const step = await store.markSome(limit)
      if (step !== undefined && step.stale.length > 0) note('token marked stale')
      return step
    },
  }
}

/** Notes of minting: tokens that the recheck withholds. */
export function notedMints(store: MintStore, note: Note): MintStore {
  return {
    ...store,
    withhold(token, mark) {
      note('mint withheld by the look')
      return store.withhold(token, mark)
    },
  }
}

/** Notes the reason of a refused mint. */
export function noteRefused(error: unknown, note: Note): void {
  if (!(error instanceof FreshetError)) return
  const isSilent = error.code === 'mint.unverified'
  note(isSilent ? 'lease out at mint' : `mint refused: ${error.code}`)
}

/** Notes of stamps: retries that find their stamp, rows that no gateway appended. */
export function notedStamps(store: StampStore, note: Note): StampStore {
  return {
    ...store,
    inFeed: (feed, work) =>
      store.inFeed(feed, (tx) =>
        work({
          ...tx,
          async find(ids, sequences) {
            const rows = await tx.find(ids, sequences)
            if (rows.length > 0) note('retry found its stamp')
            return rows
          },
        }),
      ),
    async leftovers(age, limit) {
      const places = await store.leftovers(age, limit)
      if (places.length > 0) note('stamped and left over')
      return places
    },
  }
}

/** Notes of an edge's reading: it walks the topic once more. */
export function notedFollow(reader: LogReader, note: Note): LogReader {
  let times = 0
  return {
    bounds: (...args) => reader.bounds(...args),
    read: (topic, partition, from, limit) => reader.read(topic, partition, from, limit),
    follow(topic, from, follower, signal) {
      times += 1
      if (times > 1) note('edge walks again')
      return reader.follow(topic, from, follower, signal)
    },
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof FreshetError ? error.code : undefined
}
