import type { BatchDecision, Publication, QuarantineEntry } from '@freshet/domain'
import {
  encodeClaimMap,
  encodeRevocation,
  REVOCATIONS_TOPIC,
  type LogRecord,
  type OutgoingRecord,
} from '@freshet/events'
import type { OutboxEntry } from './recorder-store.ts'
import { QUARANTINE_PARTITIONS, QUARANTINE_TOPIC } from './topics.ts'

/** The decision's publications as records, by their index. */
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

/** The outbox rows of a decision: revocations in order, then what goes to quarantine. */
export function outboxEntries(
  decision: BatchDecision,
  published: readonly OutgoingRecord[],
  records: readonly LogRecord[],
): readonly OutboxEntry[] {
  const byOffset = new Map(records.map((record) => [record.offset, record]))
  const partition = records[0]?.partition ?? 0
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

const encoder = new TextEncoder()
const printable = /^[\x20-\x7e]+$/

/** The original bytes with the reason beside them; the reason never repeats content. */
function quarantineEntry(original: LogRecord, entry: QuarantineEntry): OutboxEntry {
  const { topic, partition, offset, key, value } = original
  const reason = {
    freshet_code: entry.code,
    freshet_rule: entry.rule,
    freshet_topic: topic,
    freshet_partition: String(partition),
    freshet_offset: String(offset),
  }
  const headers = {
    ...Object.fromEntries(
      Object.entries(original.headers).filter(([name]) => printable.test(name)),
    ),
    ...Object.fromEntries(
      Object.entries(reason).map(([name, text]) => [name, encoder.encode(text)]),
    ),
  }
  return {
    topic: QUARANTINE_TOPIC,
    partition: partition % QUARANTINE_PARTITIONS,
    record: { key, value, headers },
    cause: null,
  }
}
