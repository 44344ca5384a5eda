import { trace } from '@opentelemetry/api'
import { afterEach, expect, it } from 'vitest'
import { startTelemetry } from './start-telemetry.ts'

const clock = { nowMs: () => 1_000, monotonicMs: () => 0 }
const randomHex = (bytes: number): string => 'ab'.repeat(bytes)
const named = {
  service: 'sidecar',
  instance: 'sidecar',
  version: '0',
  commit: '0',
  clock,
  randomHex,
  metricsEveryMs: 60_000,
}

afterEach(() => trace.disable())

it('without a receiver nothing is sent, and no SDK is there', async () => {
  const telemetry = await startTelemetry(named)
  const metrics = await telemetry.metrics()
  telemetry.onAnswer(metrics)({ route: '/v1/check', method: 'POST', status: 200, durationMs: 1 })
  expect(telemetry.isTraced).toBe(false)
  expect(trace.getTracer('any').startSpan('any').isRecording()).toBe(false)
  await telemetry[Symbol.asyncDispose]()
})
