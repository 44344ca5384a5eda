import {
  FreshetError,
  SOURCE_STATES,
  type Checkpoint,
  type Heartbeat,
  type BreakGlassGrant,
  type SourceThrough,
  type ThroughTable,
  type ThroughGroup,
} from '@freshet/protocol'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { decodeBase64url } from '../keys/base64url.ts'
import { frame, sha256Text, framedHash } from '../keys/framing.ts'
import { isSignedBy, signBytes } from '../keys/jws.ts'
import type { SigningKey, VerifyKey } from '../keys/keys.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import type { LogRecord, OutgoingRecord } from '../log/log.ts'
import {
  bytesOf,
  cloudEventHeaders,
  headerText,
  isOfType,
  parseOwnJson,
} from '../log/record-bytes.ts'
import {
  checkpointSchema,
  heartbeatMembersSchema,
  type WireCheckpoint,
  type WireHeartbeat,
  type WireGrant,
  type WireThrough,
  type WireGroup,
} from './checkpoint-schema.ts'
import { readPlainLink } from './plain-checkpoint.ts'

const signedAs = 'dev.freshet.checkpoint.v1 of freshet.revocations.v1'
const kidHeader = 'ce_freshetkid'
const signatureHeader = 'ce_freshetsig'

/** A checkpoint that was parsed; its signature is not verified yet. */
export interface ReadCheckpoint {
  readonly checkpoint: Checkpoint
  /** Base64url SHA-256 over the record's value; `previous` and `base` name a checkpoint by it. */
  readonly hash: string
  readonly kid: string
  readonly signature: Uint8Array
  /** The record's value. The signature must cover all of it. */
  readonly value: Uint8Array
}

/**
 * Writes and signs a checkpoint with an Ed25519 key. The hash is over the payload alone, and the signature
 * covers the whole payload. So a checkpoint that is sent again under a rotated key is the same node of the
 * tree.
 *
 * @throws `config.invalid` if the key is of another algorithm
 */
export async function encodeCheckpoint(
  checkpoint: Checkpoint,
  key: SigningKey,
): Promise<{ readonly record: OutgoingRecord; readonly hash: string }> {
  if (key.alg !== 'EdDSA') {
    throw new FreshetError('config.invalid', `checkpoint key ${key.kid} is not an Ed25519 key`)
  }
  const value = bytesOf(JSON.stringify(wireOf(checkpoint)))
  const hash = sha256Text(value)
  const attributes = { id: hash, source: 'freshet', type: EVENT_TYPES.checkpoint }
  const headers = {
    ...cloudEventHeaders(attributes),
    [kidHeader]: bytesOf(key.kid),
    [signatureHeader]: bytesOf(signBytes(key, signedBytes(value)).toString('base64url')),
  }
  return { record: { key: null, value, headers }, hash }
}

function signedBytes(value: Uint8Array): Uint8Array {
  return frame([signedAs, value])
}

function wireOf(checkpoint: Checkpoint): WireCheckpoint & Partial<WireHeartbeat> {
  const { e, partition, generation, previous, nonce, count, heartbeat } = checkpoint
  return {
    e: e.toString(),
    partition,
    generation: generation.toString(),
    previous,
    ...(nonce === undefined ? {} : { nonce }),
    n: count,
    hash: checkpoint.recordsHash,
    ...(heartbeat === undefined ? {} : wireHeartbeat(heartbeat)),
  }
}

function wireHeartbeat(heartbeat: Heartbeat): WireHeartbeat {
  const { through, minimumPv, mapVersion, mapHash, next, base, grants, atMs } = heartbeat
  const { foreignSinceMs: since, tokenLifeMaxMs, groups } = heartbeat
  return {
    through: Object.fromEntries(
      [...through].map(([tenant, sources]) => [
        tenant,
        Object.fromEntries(
          [...sources].map(([source, sourceThroughs]) => [source, wireThrough(sourceThroughs)]),
        ),
      ]),
    ),
    ...(groups === undefined ? {} : { groups: groups.map(wireGroup) }),
    minimum: minimumPv,
    ...(since === undefined ? {} : { foreignSince: formatRfc3339(since) }),
    map: { version: mapVersion, hash: mapHash },
    next: { offset: next.offset.toString(), hash: next.lastRecordHash },
    base: { hash: base.hash, offset: base.offset.toString() },
    ...(tokenLifeMaxMs === undefined ? {} : { tokenLifeMaxMs }),
    ...(grants === undefined ? {} : { openings: grants.map(wireGrant) }),
    ...(atMs === undefined ? {} : { at: formatRfc3339(atMs) }),
  }
}

function wireGrant({ id, tenant, audience, route, claim, ...at }: BreakGlassGrant): WireGrant {
  const [from, until] = [formatRfc3339(at.fromMs), formatRfc3339(at.untilMs)]
  return { id, tenant, audience, route, claim, from, until }
}

function wireThrough({ atMs, state }: SourceThrough): WireThrough {
  return { at: atMs === null ? null : formatRfc3339(atMs), state }
}

/**
 * Parses a checkpoint. Returns `undefined` if it is no checkpoint, or cannot be read. Nothing in it counts
 * before {@link verifyCheckpoint}; the caller compares its partition with the record's.
 */
export function readCheckpoint(
  record: Pick<LogRecord, 'headers' | 'value'>,
): ReadCheckpoint | undefined {
  return readAs(record, (value) => checkpointOf(parseOwnJson(value)))
}

/**
 * Parses as {@link readCheckpoint} does, without the heartbeat, which takes most of the time. It is for
 * callers that need the path alone. A checkpoint whose heartbeat cannot be read is still a step of the path.
 */
export function readCheckpointLink(
  record: Pick<LogRecord, 'headers' | 'value'>,
): ReadCheckpoint | undefined {
  return readAs(record, (value) => readPlainLink(value) ?? linkOf(parseOwnJson(value)))
}

function readAs(
  { headers, value }: Pick<LogRecord, 'headers' | 'value'>,
  read: (value: Uint8Array) => Checkpoint | undefined,
): ReadCheckpoint | undefined {
  if (value === null || !isOfType(headers, EVENT_TYPES.checkpoint)) return undefined
  const kid = headerText(headers, kidHeader)
  const signature = signatureOf(headers)
  const checkpoint = read(value)
  if (kid === undefined || signature === undefined || checkpoint === undefined) return undefined
  return { checkpoint, hash: sha256Text(value), kid, signature, value }
}

/**
 * Returns the hash of a record that has the form of a checkpoint, without parsing it. It is for callers that
 * know the hash of the expected checkpoint.
 */
export function checkpointHash({
  headers,
  value,
}: Pick<LogRecord, 'headers' | 'value'>): string | undefined {
  const isSigned =
    headerText(headers, kidHeader) !== undefined && signatureOf(headers) !== undefined
  if (value === null || !isSigned || !isOfType(headers, EVENT_TYPES.checkpoint)) return undefined
  return sha256Text(value)
}

function signatureOf(headers: LogRecord['headers']): Buffer | undefined {
  return decodeBase64url(headerText(headers, signatureHeader) ?? '')
}

function checkpointOf(json: unknown): Checkpoint | undefined {
  const checkpoint = linkOf(json)
  if (checkpoint === undefined || !Object.hasOwn(json as object, 'through')) return checkpoint
  const { data } = heartbeatMembersSchema.safeParse(json)
  return data ? { ...checkpoint, heartbeat: heartbeatOf(data) } : undefined
}

function linkOf(json: unknown): Checkpoint | undefined {
  const { data: wire } = checkpointSchema.safeParse(json)
  if (!wire) return undefined
  return {
    e: BigInt(wire.e),
    partition: wire.partition,
    generation: BigInt(wire.generation),
    previous: wire.previous,
    ...(wire.nonce === undefined ? {} : { nonce: wire.nonce }),
    count: wire.n,
    recordsHash: wire.hash,
  }
}

function heartbeatOf(wire: WireHeartbeat): Heartbeat {
  const { groups, minimum, foreignSince, map, next, base, tokenLifeMaxMs, openings, at } = wire
  const sinceMs = foreignSince === undefined ? undefined : parseRfc3339(foreignSince)
  const atMs = at === undefined ? undefined : parseRfc3339(at)
  return {
    through: throughOf(wire.through),
    ...(groups === undefined ? {} : { groups: groups.flatMap(groupOf) }),
    minimumPv: minimum,
    ...(sinceMs === undefined ? {} : { foreignSinceMs: sinceMs }),
    mapVersion: map.version,
    mapHash: map.hash,
    next: { offset: BigInt(next.offset), lastRecordHash: next.hash },
    base: { hash: base.hash, offset: BigInt(base.offset) },
    ...(tokenLifeMaxMs === undefined ? {} : { tokenLifeMaxMs }),
    ...(openings === undefined ? {} : { grants: openings.map(grantOf) }),
    ...(atMs === undefined ? {} : { atMs }),
  }
}

/** A break-glass grant whose end cannot be read has ended. */
function grantOf({ from, until, ...same }: WireGrant): BreakGlassGrant {
  return { ...same, fromMs: parseRfc3339(from) ?? 0, untilMs: parseRfc3339(until) ?? 0 }
}

function throughOf(wire: WireHeartbeat['through']): ThroughTable {
  return new Map(
    Object.entries(wire).map(([tenant, sources]) => [
      tenant,
      new Map(Object.entries(sources).map(([source, stated]) => [source, sourceThrough(stated)])),
    ]),
  )
}

/** Only people read the state, so a state that this build does not know changes nothing else. */
function sourceThrough({ at, state }: WireThrough): SourceThrough {
  return {
    atMs: at === null ? null : (parseRfc3339(at) ?? null),
    state: SOURCE_STATES.find((known) => known === state) ?? 'silent',
  }
}

/**
 * Returns whether the key of the checkpoint's `kid` signed exactly these bytes. It is synchronous and takes
 * about 0.1 ms.
 */
export function verifyCheckpoint(read: ReadCheckpoint, key: VerifyKey): boolean {
  if (key.alg !== 'EdDSA' || key.kid !== read.kid) return false
  return isSignedBy(key, signedBytes(read.value), read.signature)
}

/**
 * Returns the name of a list of tenants: base64url SHA-256 over all of them in their order, each with its
 * length.
 */
export function tenantListName(tenants: readonly string[]): string {
  return framedHash(tenants)
}

/** Returns a group in the wire form of a heartbeat. */
function wireGroup({ list, tenants, sources }: ThroughGroup): WireGroup {
  const at = [...sources].map(([source, atMs]) => [source, formatRfc3339(atMs)])
  return { list, ...(tenants === undefined ? {} : { tenants }), at: Object.fromEntries(at) }
}

/** Reads a group. If the name of the list does not match its tenants, it is no group and states nothing. */
function groupOf({ list, tenants, at }: WireGroup): readonly ThroughGroup[] {
  if (tenants !== undefined && tenantListName(tenants) !== list) return []
  const sources = new Map<string, number>()
  for (const [source, text] of Object.entries(at)) {
    const atMs = parseRfc3339(text)
    if (atMs !== undefined) sources.set(source, atMs)
  }
  return [{ list, ...(tenants === undefined ? {} : { tenants }), sources }]
}
