import { notBuilt } from './not-built.ts'
import type { Change, SourceHeartbeat, Subject } from '@freshet/domain'
import type { VerifyKey } from './keys.ts'
import type { LogRecord } from './log.ts'
import type { Stamp } from './stamp.ts'

/** What proves who sent a record: the gateways' MAC keys, and the public keys of each source. */
export interface Authenticity {
  /** The current key and those before it; any of them is accepted. */
  readonly macKeys: readonly Uint8Array[]
  /** Empty for a source that is not registered. */
  sourceKeys(source: string): readonly VerifyKey[]
}

/** What a record of the change topic turned out to be. */
export type Incoming =
  | IncomingChange
  | { readonly kind: 'heartbeat'; readonly heartbeat: SourceHeartbeat }
  | UnreadableRecord
  | { readonly kind: 'unauthentic'; readonly rule: string }

export interface IncomingChange {
  readonly kind: 'change'
  readonly change: Change
  readonly stamp: Stamp
  readonly contentHash: string
  readonly traceparent?: string
}

/** Proven to come from the source, yet not understood (rule 20). */
export interface UnreadableRecord {
  readonly kind: 'unreadable'
  readonly tenant?: string
  readonly source: string
  readonly id?: string
  readonly subject?: Subject
  readonly claim?: string
  readonly stamp: Stamp
  readonly contentHash: string
  readonly rule: string
}

export function readIncoming(
  record: Pick<LogRecord, 'partition' | 'key' | 'value' | 'headers'>,
  keys: Authenticity,
): Promise<Incoming> {
  return notBuilt(record, keys)
}
