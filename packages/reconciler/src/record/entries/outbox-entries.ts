import type { BatchDecision, Publication, QuarantineEntry } from '@freshet/protocol'
import {
  encodeClaimMap,
  encodeRevocation,
  quarantineRecord,
  QUARANTINE_TOPIC,
  REVOCATIONS_TOPIC,
  type LogRecord,
  type OutgoingRecord,
} from '@freshet/wire'
import type { OutboxEntry } from '../recorder-store.ts'

/** Returns the decision's publications as records, by their index. */
export function publishedRecords(
  decision: BatchDecision,
  issuer: string,
): readonly OutgoingRecord[] {
  return decision.publications.map((publication) => publishedRecord(publication, issuer))
}

function publishedRecord(publication: Publication, issuer: string): OutgoingRecord {
  if (publication.kind === 'map') return encodeClaimMap(publication.map).record
  const { revocation, traceparent } = publication
  return encodeRevocation(revocation, { issuer, ...(traceparent === null ? {} : { traceparent }) })
}

/** Returns the outbox rows of a decision: revocations in order, then the records for quarantine. */
export function outboxEntries(
  decision: BatchDecision,
  published: readonly OutgoingRecord[],
  { partition, records }: { readonly partition: number; readonly records: readonly LogRecord[] },
): readonly OutboxEntry[] {
  const byOffset = new Map(records.map((record) => [record.offset, record]))
  const revocations = published.map((record, index) => {
    const publication = decision.publications[index]
    const cause = publication?.kind === 'revocation' ? publication.cause : null
    return { topic: REVOCATIONS_TOPIC, partition, record, cause }
  })
  const quarantined = decision.quarantine.flatMap((entry) => {
    const original = byOffset.get(entry.offset)
    return original === undefined ? [] : [quarantineEntry(original, entry)]
  })
  return [...revocations, ...quarantined]
}

/**
 * A record is quarantined in the partition in which it was found, so the topic has as many partitions as the
 * changes.
 */
function quarantineEntry(original: LogRecord, entry: QuarantineEntry): OutboxEntry {
  const { partition } = original
  return {
    topic: QUARANTINE_TOPIC,
    partition,
    record: quarantineRecord(original, entry),
    cause: null,
  }
}
