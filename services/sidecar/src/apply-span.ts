import type { AppliedNotice } from '@freshet/edge'
import { randomHex } from '@freshet/runtime'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { stageSpans } from '@freshet/telemetry'

/**
 * Reports the apply of a revocation to tracing: from its append, by the broker's clock, to the apply by ours.
 * Clocks that differ make it a moment, never negative.
 */
export function applySpan({
  partition,
  traceparent,
  appendedAtMs,
  appliedAtMs,
}: AppliedNotice): void {
  const startMs = Math.min(appendedAtMs, appliedAtMs)
  const stage = { kind: 'consumer', topic: REVOCATIONS_TOPIC, partition, randomHex } as const
  const name = `process ${REVOCATIONS_TOPIC}`
  stageSpans({ name, ...stage }, [{ traceparent, startMs, endMs: appliedAtMs }])
}
