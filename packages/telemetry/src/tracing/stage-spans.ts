import { beginSpan, hasNoReceiver, type SpanOptions } from './span.ts'
import type { RandomHex } from './traceparent.ts'

/** Most links of a batch; a longer one links its first. */
const LINKS_MAX = 128

/** A finished stage of a change, for spans. */
export interface TracedStage {
  /** `process` or `send`, and the topic. */
  readonly name: string
  readonly kind: NonNullable<SpanOptions['kind']>
  readonly topic: string
  readonly partition: number
  readonly randomHex: RandomHex
}

/** One record that passed the stage. */
export interface TracedRecord {
  /** The trace of its cause. A record without one gets no span. */
  readonly traceparent: string | null | undefined
  readonly startMs: number
  readonly endMs: number
}

/**
 * Reports a stage that records passed: for each one a span in its own trace. Records that passed together are
 * joined by a span of the batch, in a trace of its own, that links every one of them and is linked by it. No
 * subject, no key, no id of a change: traces leave the house. Without an OpenTelemetry SDK nothing is made at
 * all.
 */
export function stageSpans(stage: TracedStage, records: readonly TracedRecord[]): void {
  if (hasNoReceiver()) return
  const traced = records.flatMap(({ traceparent, ...times }) =>
    typeof traceparent === 'string' ? [{ parent: traceparent, ...times }] : [],
  )
  const { name, kind, randomHex } = stage
  const attributes = attributesOf(stage)
  const links = traced.length > 1 ? [batchOf(stage, traced)] : []
  for (const { parent, startMs, endMs } of traced) {
    beginSpan(name, { kind, parent, links, startMs, attributes, randomHex }).end(endMs)
  }
}

function batchOf(
  stage: TracedStage,
  traced: readonly { readonly parent: string; readonly startMs: number; readonly endMs: number }[],
): string {
  const span = beginSpan(`${stage.name} (batch)`, {
    kind: stage.kind,
    links: traced.slice(0, LINKS_MAX).map(({ parent }) => parent),
    startMs: Math.min(...traced.map(({ startMs }) => startMs)),
    attributes: { ...attributesOf(stage), 'messaging.batch.message_count': traced.length },
    randomHex: stage.randomHex,
  })
  span.end(Math.max(...traced.map(({ endMs }) => endMs)))
  return span.traceparent
}

/** Attributes by the conventions of messaging, which are still in development. */
function attributesOf({ name, kind, topic, partition }: TracedStage): Record<string, string> {
  const [operation = name] = name.split(' ')
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': operation,
    'messaging.operation.type': kind === 'producer' ? 'send' : 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
  }
}
