import { parseVersion, type ClaimChange, type ClaimValue } from '@freshet/protocol'
import type { EventName } from './change-data.ts'
import { PlainBytes } from '../json/plain-bytes.ts'
import { parseRfc3339 } from '../json/rfc3339.ts'
import { JSON_BYTES_MAX } from '../json/strict-json.ts'
import { LENGTHS, TIME_LENGTH_MAX, VALUES_MAX } from '../json/wire-types.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const CLOSING_BRACKET = 0x5d
const OP_LENGTH_MAX = 'remove'.length
const VERSION_LENGTH_MAX = 37

const members = {
  tenant: Buffer.from('{"tenant":"'),
  iss: Buffer.from(',"subject":{"format":"iss_sub","iss":"'),
  sub: Buffer.from(',"sub":"'),
  claim: Buffer.from('},"claim":"'),
  op: Buffer.from(',"op":"'),
  values: Buffer.from(',"value":['),
  version: Buffer.from(',"sourceVersion":"'),
  occurredAt: Buffer.from(',"occurredAt":"'),
  end: Buffer.from('}'),
}

/**
 * Reads a change of a claim without JSON in between. It accepts the exact bytes that this build writes for
 * values that are texts, as in nearly all records. It accepts only what the schema accepts, and reads it as
 * the schema does. It returns `undefined` for every other form; the full codec can still read it, and that
 * codec alone refuses.
 */
export function readPlainClaimChange(
  value: Uint8Array,
  { id, source }: EventName,
): ClaimChange | undefined {
  if (value.length > JSON_BYTES_MAX) return undefined
  const from = new PlainBytes(value)
  const tenant = member(from, members.tenant, LENGTHS.tenant)
  const iss = member(from, members.iss, LENGTHS.id)
  const sub = member(from, members.sub, LENGTHS.id)
  const claim = member(from, members.claim, LENGTHS.claim)
  const op = opOf(member(from, members.op, OP_LENGTH_MAX))
  const values = op === 'clear' ? [] : readValues(from)
  const sourceVersion = parseVersion(member(from, members.version, VERSION_LENGTH_MAX))
  const occurredAtMs = parseRfc3339(member(from, members.occurredAt, TIME_LENGTH_MAX))
  from.literal(members.end)
  const isNamed = tenant !== '__proto__' && claim !== '__proto__'
  if (!from.isDone || !isNamed || op === undefined) return undefined
  if (sourceVersion === undefined || occurredAtMs === undefined) return undefined
  const subject = { tenant, iss, sub }
  const kind = 'claim'
  return { tenant, source, id, occurredAtMs, sourceVersion, kind, op, subject, claim, values }
}

function member(from: PlainBytes, name: Buffer, maxLength: number): string {
  from.literal(name)
  return from.text(1, maxLength)
}

function opOf(text: string): ClaimChange['op'] | undefined {
  return text === 'set' || text === 'add' || text === 'remove' || text === 'clear'
    ? text
    : undefined
}

/** Reads a list of texts, at least one. */
function readValues(from: PlainBytes): readonly ClaimValue[] {
  const values: ClaimValue[] = []
  from.literal(members.values)
  do {
    from.require(QUOTE)
    values.push(from.text(0, LENGTHS.value))
  } while (from.passes(COMMA) && !from.failed && values.length < VALUES_MAX)
  from.require(CLOSING_BRACKET)
  return values
}
