import { CHANGES_TOPIC, REVOCATIONS_TOPIC, traceparentOf } from '@freshet/wire'
import type { CommittedBatch, PublishedRow } from '@freshet/reconciler'
import { randomHex } from '@freshet/runtime'
import { stageSpans } from '@freshet/telemetry'

/** Reports the work of the loops to tracing. */
export interface ReconcilerTraces {
  recorded(partition: number, batch: CommittedBatch): void
  published(partition: number, rows: readonly PublishedRow[]): void
}

/** Spans of recording and of publishing, in the trace of each change. */
export function reconcilerTraces(): ReconcilerTraces {
  return {
    recorded(partition, { receivedAtMs: startMs, appliedAtMs: endMs, decision }) {
      const stage = { kind: 'consumer', topic: CHANGES_TOPIC, partition, randomHex } as const
      const records = decision.log.map(({ traceparent }) => ({ traceparent, startMs, endMs }))
      stageSpans({ name: `process ${CHANGES_TOPIC}`, ...stage }, records)
    },
    published(partition, rows) {
      const stage = { kind: 'producer', topic: REVOCATIONS_TOPIC, partition, randomHex } as const
      const records = rows.map(({ row, appendedAtMs }) => ({
        traceparent: traceparentOf(row.record.headers),
        // The broker's clock alone knows: a moment, not a span of time.
        startMs: appendedAtMs,
        endMs: appendedAtMs,
      }))
      stageSpans({ name: `send ${REVOCATIONS_TOPIC}`, ...stage }, records)
    },
  }
}
