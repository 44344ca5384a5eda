import { readFile } from 'node:fs/promises'
import { partitionOf } from '@freshet/protocol'
import {
  encodeCheckpoint,
  encodeRevocation,
  readSigningKeySet,
  recordsHash,
  type OutgoingRecord,
  type SigningKey,
  type TimedSigningKey,
} from '@freshet/wire'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import type { TestStack } from './test-stack.ts'

/**
 * Returns the private checkpoint keys of the stack, including revoked ones; the key that signs comes first at
 * the start.
 */
export async function checkpointKeysOf({
  workspace,
}: TestStack): Promise<readonly [TimedSigningKey, ...TimedSigningKey[]]> {
  const json: unknown = JSON.parse(await readFile(workspace.keys.checkpoints, 'utf8'))
  const [first, ...others] = readSigningKeySet(json, 'EdDSA')
  if (first === undefined) throw new Error('The stack has no checkpoint key.')
  return [first, ...others]
}

/** Returns a revocation without any cause, of alice or of the whole tenant, far ahead of every label. */
export function forgedRevocation({ at }: TestStack, scope: 'subject' | 'tenant'): OutgoingRecord {
  const nowMs = Date.now()
  const offset = 10n ** 15n
  const origin = { id: 'forged', change: 'forged', tenant: DEV_TENANT, e: 1n }
  const times = { occurredAtMs: nowMs, issuedAtMs: nowMs }
  const subject = { tenant: DEV_TENANT, iss: DEV_IDP, sub: 'alice' }
  const revoked =
    scope === 'tenant'
      ? ({ scope, partition: 0, target: DEV_TENANT, offset } as const)
      : {
          scope,
          partition: partitionOf(subject),
          subject,
          claims: new Map([['groups', { offset, values: null }]]),
        }
  return encodeRevocation({ ...origin, ...times, ...revoked }, { issuer: at.authority })
}

/** Returns a root over one record, signed by a key. */
export async function checkpointOf(
  partition: number,
  record: OutgoingRecord,
  key: SigningKey,
): Promise<OutgoingRecord> {
  const place = { e: 1n, partition, generation: 1_000n, previous: null, nonce: 'forged' }
  const checkpoint = { ...place, count: 1, recordsHash: recordsHash([record]) }
  return (await encodeCheckpoint(checkpoint, key)).record
}
