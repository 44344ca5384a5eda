import { FreshetError, type Change, type SourceHeartbeat, type Subject } from '@freshet/domain'
import type { VerifyKey } from './keys.ts'
import type { LogRecord } from './log.ts'
import { proveByHeaders, proveByValue, type ProvenRecord } from './proven-record.ts'
import { readProven } from './read-proven.ts'
import { hasStampProof, type Stamp } from './stamp.ts'

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
  | IncomingHeartbeat
  | UnreadableRecord
  /** Nothing proves its source: it changes nothing at all. `rule` never repeats content. */
  | { readonly kind: 'unauthentic'; readonly rule: string }

/** A change that its source, or a gateway for it, vouched for. */
export interface IncomingChange {
  readonly kind: 'change'
  readonly change: Change
  readonly stamp: Stamp
  readonly contentHash: string
  readonly traceparent?: string
}

/** A source's heartbeat for this partition. */
export interface IncomingHeartbeat {
  readonly kind: 'heartbeat'
  readonly heartbeat: SourceHeartbeat
}

/**
 * Proven to come from the source, yet not understood (rule 20). `subject` is there only if this
 * is a partition in which its watermarks may stand, `claim` if at least that could be read.
 */
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

/**
 * Reads a record of the change topic: proves its source, then its place, then parses it. Never
 * throws for data. Who may write to the topic decides nothing; a record that was moved to another
 * partition is unauthentic.
 */
export async function readIncoming(
  record: Pick<LogRecord, 'partition' | 'key' | 'value' | 'headers'>,
  keys: Authenticity,
): Promise<Incoming> {
  const proven = await prove(record, keys)
  if ('rule' in proven) return { kind: 'unauthentic', rule: proven.rule }
  if (proven.stamp.partition !== record.partition) {
    return { kind: 'unauthentic', rule: 'the stamp is for another partition' }
  }
  return readProven(proven)
}

async function prove(
  record: Pick<LogRecord, 'key' | 'value' | 'headers'>,
  keys: Authenticity,
): Promise<ProvenRecord | { readonly rule: string }> {
  try {
    return hasStampProof(record.headers)
      ? proveByHeaders(record, keys)
      : await proveByValue(record, keys)
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'event.unauthentic') {
      return { rule: error.message }
    }
    throw error
  }
}
