import { notBuilt } from './not-built.ts'
import type { Change } from '@freshet/domain'

/** A change with the trace context that its producer sent. */
export interface ChangeEnvelope {
  readonly change: Change
  readonly traceparent?: string
}

export interface HeartbeatBody {
  readonly tenant: string
  readonly throughMs: number
  readonly sequence?: bigint
}

export function parseChangeEvent(json: unknown): ChangeEnvelope {
  return notBuilt(json)
}

export function formatChangeEvent(change: Change): unknown {
  return notBuilt(change)
}

export function parseHeartbeat(json: unknown): HeartbeatBody {
  return notBuilt(json)
}
