export * from './prometheus/catalogue.ts'
export * from './metrics/connection-metrics.ts'
export * from './metrics/edge-metrics.ts'
export * from './metrics/limit-metrics.ts'
export * from './metrics/endpoint-limiter-metrics.ts'
export * from './metrics/exposure-metrics.ts'
export * from './metrics/health-metrics.ts'
export * from './metrics/http-metrics.ts'
export type {
  DecisionReason,
  DecisionResult,
  EdgeState,
  EventOutcome,
  Stage,
} from './prometheus/labels.ts'
export * from './prometheus/metrics.ts'
export * from './metrics/quarantine-metrics.ts'
export * from './metrics/source-metrics.ts'
export * from './metrics/pipeline-metrics.ts'
export { beginSpan, type SpanOptions, type WorkSpan } from './tracing/span.ts'
export * from './tracing/stage-spans.ts'

export * from './otlp/start-telemetry.ts'
export { formatTraceparent, parseSpanContext, type RandomHex } from './tracing/traceparent.ts'
export * from './process/process-metrics.ts'
export * from './metrics/probe-metrics.ts'
export * from './metrics/refusal-metrics.ts'
export * from './metrics/sli-metrics.ts'
export type { EdgeStatusLabel } from './prometheus/labels.ts'
export * from './metrics/status-metrics.ts'
