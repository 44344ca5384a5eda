export { metricsCatalogue, type MetricEntry, type MetricFamily } from './prometheus/catalogue.ts'
export { edgeMetrics, type EdgeMetrics, type EdgeTables } from './metrics/edge-metrics.ts'
export { limitMetrics, type LimitRefusalCount } from './metrics/limit-metrics.ts'
export {
  endpointLimitMetrics,
  type LimiterReading as EntranceReading,
} from './metrics/endpoint-limiter-metrics.ts'
export { exposureMetrics, type ExposureMetrics } from './metrics/exposure-metrics.ts'
export { healthMetrics, type ShownHealth } from './metrics/health-metrics.ts'
export { httpMetrics, type HttpAnswer } from './metrics/http-metrics.ts'
export type {
  DecisionReason,
  DecisionResult,
  EdgeState,
  EventOutcome,
  Stage,
} from './prometheus/labels.ts'
export { createMetrics, type BuildLabels, type Metrics } from './prometheus/metrics.ts'
export { quarantineMetrics, type WaitingRecords } from './metrics/quarantine-metrics.ts'
export { sourceMetrics, type SourceReading } from './metrics/source-metrics.ts'
export { pipelineMetrics, type PipelineMetrics } from './metrics/pipeline-metrics.ts'
export { beginSpan, type SpanOptions, type WorkSpan } from './tracing/span.ts'
export { stageSpans, type TracedRecord, type TracedStage } from './tracing/stage-spans.ts'
export type { TracedAnswer } from './tracing/request-spans.ts'
export { startTelemetry, type Telemetry, type TelemetryOptions } from './otlp/start-telemetry.ts'
export { formatTraceparent, parseSpanContext, type RandomHex } from './tracing/traceparent.ts'
export { processMetrics, type ProcessParts } from './process/process-metrics.ts'
export { probeMetrics, type LastProbes, type ProbeMetrics } from './metrics/probe-metrics.ts'
export {
  credentialRefusalMetrics,
  mintRefusalMetrics,
  refusalMetrics,
  type RefusalCounts,
} from './metrics/refusal-metrics.ts'
export {
  sliMetrics,
  type CompletedChange,
  type Sampled,
  type SliMetrics,
} from './metrics/sli-metrics.ts'
export type { EdgeStatusLabel } from './prometheus/labels.ts'
export { statusMetrics, type PartitionLag, type StatusMetrics } from './metrics/status-metrics.ts'
