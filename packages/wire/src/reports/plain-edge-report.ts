import {
  APPLIES_MAX,
  isEdgeState,
  LENGTHS_OF_REPORT,
  PARTITIONS_MAX,
} from './edge-report-schema.ts'
import type { EdgeApply, EdgePartition, EdgeReport } from './edge-report.ts'
import { PlainBytes } from '../json/plain-bytes.ts'
import { RECORD_BYTES_MAX } from '../log/record-bytes.ts'

const COMMA = 0x2c
const OPENING_BRACE = 0x7b
const CLOSING_BRACKET = 0x5d
const STATE_LENGTH_MAX = 16

const members = {
  edge: Buffer.from('{"edge":"'),
  audience: Buffer.from(',"audience":"'),
  version: Buffer.from(',"version":"'),
  at: Buffer.from(',"at":"'),
  state: Buffer.from(',"state":"'),
  partitions: Buffer.from(',"partitions":['),
  partition: Buffer.from('{"partition":'),
  e: Buffer.from(',"e":"'),
  applied: Buffer.from(',"applied":"'),
  viewAge: Buffer.from(',"viewAge":'),
  unknown: Buffer.from('null'),
  applies: Buffer.from(',"applies":['),
  upTo: Buffer.from('{"upTo":"'),
  appendedAt: Buffer.from(',"appendedAt":"'),
  appliedAt: Buffer.from(',"appliedAt":"'),
  allowsSince: Buffer.from(',"allowsSince":"'),
  end: Buffer.from('}'),
}

/** The members of a report up to its partitions, and the JSON of an object of all the others. */
export interface PlainPartitions {
  readonly head: Pick<EdgeReport, 'edge' | 'audience' | 'version' | 'atMs' | 'state' | 'partitions'>
  readonly rest: Uint8Array
}

/**
 * Reads a report up to its partitions, from the exact bytes that this build writes. It accepts only what the
 * schema accepts, and reads it as the schema does. It returns `undefined` for every other form; the full
 * codec can still read it, and that codec alone refuses.
 */
export function readPlainPartitions(value: Uint8Array): PlainPartitions | undefined {
  if (value.length > RECORD_BYTES_MAX) return undefined
  const from = new PlainBytes(value)
  const edge = member(from, members.edge, LENGTHS_OF_REPORT.name)
  const audience = member(from, members.audience, LENGTHS_OF_REPORT.name)
  const version = member(from, members.version, LENGTHS_OF_REPORT.version)
  const atMs = time(from, members.at)
  const state = member(from, members.state, STATE_LENGTH_MAX)
  from.literal(members.partitions)
  const partitions = listOf(from, PARTITIONS_MAX, readPartition)
  from.require(COMMA)
  if (from.failed || !isEdgeState(state)) return undefined
  const rest = Buffer.from(value.subarray(from.at - 1))
  rest[0] = OPENING_BRACE
  return { head: { edge, audience, version, atMs, state, partitions }, rest }
}

function readPartition(from: PlainBytes): EdgePartition {
  from.literal(members.partition)
  const partition = from.number()
  const e = from.passesAll(members.e) ? from.decimal() : undefined
  from.literal(members.applied)
  const applied = from.decimal()
  from.literal(members.viewAge)
  const viewAgeMs = from.passesAll(members.unknown) ? null : Math.round(from.fraction() * 1_000)
  from.literal(members.applies)
  const applies = listOf(from, APPLIES_MAX, readApply)
  from.literal(members.end)
  if (e === undefined) return { partition, applied, viewAgeMs, applies }
  return { partition, e, applied, viewAgeMs, applies }
}

function readApply(from: PlainBytes): EdgeApply {
  from.literal(members.upTo)
  const upTo = from.decimal()
  const appendedAtMs = time(from, members.appendedAt)
  const appliedAtMs = time(from, members.appliedAt)
  const allowsSinceMs = from.passesAll(members.allowsSince) ? from.timeMs() : undefined
  from.literal(members.end)
  if (allowsSinceMs === undefined) return { upTo, appendedAtMs, appliedAtMs }
  return { upTo, appendedAtMs, appliedAtMs, allowsSinceMs }
}

function listOf<T>(from: PlainBytes, max: number, read: (from: PlainBytes) => T): readonly T[] {
  const list: T[] = []
  if (from.passes(CLOSING_BRACKET)) return list
  do list.push(read(from))
  while (from.passes(COMMA) && !from.failed && list.length < max)
  from.require(CLOSING_BRACKET)
  return list
}

function member(from: PlainBytes, name: Buffer, maxLength: number): string {
  from.literal(name)
  return from.text(1, maxLength)
}

function time(from: PlainBytes, name: Buffer): number {
  from.literal(name)
  return from.timeMs()
}
