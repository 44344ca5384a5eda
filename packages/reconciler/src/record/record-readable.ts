import {
  FreshetError,
  type Arrived,
  type ArrivedChange,
  type UnreadableChange,
} from '@freshet/protocol'
import type { RecordContext } from './record-context.ts'
import { withLess } from './walks/walk-once.ts'
import { recordOnce, type Batch, type Step, type Under } from './record-once.ts'

/** The reason why a record cannot be recorded unchanged: its content, or the time that it takes. */
type SetAsideReason = 'content' | 'time'

const RULES: Readonly<Record<SetAsideReason, string>> = {
  content: 'the database cannot hold its content',
  time: 'recording it takes longer than the database allows',
}

/**
 * Returns the record as one that cannot be read. A record that takes too long keeps its subject and its
 * claim, which are then in doubt. A record whose content the database refuses keeps only its source, which is
 * halted in this partition until its next snapshot.
 */
function setAside({ arrival, ...at }: Arrived, reason: SetAsideReason): Arrived {
  const rule = RULES[reason]
  if (arrival.kind !== 'change' && arrival.kind !== 'unreadable') {
    return { ...at, arrival: { kind: 'unauthentic', rule } }
  }
  const record = arrival.kind === 'change' ? unreadable(arrival) : arrival
  const { source, stamp, contentHash } = record
  const kept = reason === 'time' ? record : { source, stamp, contentHash }
  return { ...at, arrival: { ...kept, kind: 'unreadable', rule } }
}

function unreadable({
  change,
  stamp,
  contentHash,
}: ArrivedChange): Omit<UnreadableChange, 'kind' | 'rule'> {
  const { tenant, source, id } = change
  const scope = {
    ...('subject' in change && { subject: change.subject }),
    ...(change.kind === 'claim' && { claim: change.claim }),
  }
  return { tenant, source, id, ...scope, stamp, contentHash }
}

/** Attempts at a record that is alone in its transaction and takes too long, before it is set aside. */
export const ALONE_ATTEMPTS = 3

/** The database refused a batch, or it took too long: half of it must be tried. */
export interface TooMuch {
  readonly kind: 'too-much'
  /** Records of the batch. */
  readonly records: number
}

/**
 * Records a batch, unless the database refuses it for its content or for the time that it takes. A record
 * that is refused alone is set aside, so that no record stops its partition. An activation is never set
 * aside, because its partition would continue under the version before.
 *
 * @throws `database.*` for an error that is not of the batch, and if even a record that is set aside is
 * refused
 */
export async function recordReadable(
  context: RecordContext,
  batch: Batch,
  from: Under,
): Promise<Step | TooMuch> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await recordOnce(withLess(context, attempt - 1), batch, from)
    } catch (error) {
      const reason = reasonOf(error)
      if (reason === undefined) throw error
      if (batch.records.length > 1) return { kind: 'too-much', records: batch.records.length }
      if (reason === 'time' && isActivation(batch)) throw error
      if (reason === 'content' || attempt === ALONE_ATTEMPTS)
        return recordOnce(context, asideOf(batch, reason), from)
    }
  }
}

function reasonOf(error: unknown): SetAsideReason | undefined {
  if (!(error instanceof FreshetError)) return undefined
  if (error.code === 'database.statement-timeout') return 'time'
  return error.disposition === 'quarantine' ? 'content' : undefined
}

function isActivation({ arrived }: Batch): boolean {
  return arrived.some(
    ({ arrival }) => arrival.kind === 'change' && arrival.change.kind === 'activate',
  )
}

function asideOf(batch: Batch, reason: SetAsideReason): Batch {
  return { ...batch, arrived: batch.arrived.map((each) => setAside(each, reason)) }
}
