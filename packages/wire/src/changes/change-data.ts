import {
  formatVersion,
  invariant,
  NO_VERSION,
  parseVersion,
  type Change,
  type ChangeOrigin,
  type ClaimChange,
  type ClaimValue,
  type RecordRef,
} from '@freshet/protocol'
import { changeSchema, type WireChange, type WireRecordRef } from './change-schema.ts'
import { denialEndOf, wireDenialEnd } from '../revocations/denial-end.ts'
import { plainChange } from './plain-change.ts'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { checkShape, refuseAt } from '../json/wire-problems.ts'
import type { WireScalar, WireSubject } from '../json/wire-types.ts'

/** The content of an event's attributes, beside its data. */
export interface EventName {
  readonly id: string
  readonly source: string
}

/** Reads `data` of a change event. @throws `event.malformed` with pointers into the data */
export function parseChangeData(json: unknown, name: EventName): Change {
  return changeOf(plainChange(json) ?? checkShape(changeSchema, json), name)
}

/** Returns the change of checked data. */
export function changeOf(wire: WireChange, name: EventName): Change {
  const origin = originOf(wire, name)
  switch (wire.op) {
    case 'set':
    case 'add':
    case 'remove':
    case 'clear':
      return claimChangeOf(wire, origin)
    case 'disabled':
    case 'enabled':
    case 'deleted':
    case 'sessions-revoked':
    case 'credential-changed':
    case 'credential-compromised':
      return { ...origin, kind: 'account', op: wire.op, subject: subjectOf(wire) }
    case 'value-withdrawn':
      return { ...origin, kind: wire.op, claim: wire.claim, value: valueOf(wire.value) }
    case 'cut-off':
      if (wire.scope === 'tenant' && wire.target !== wire.tenant) {
        refuseAt('/target', 'must be the tenant of the event')
      }
      return { ...origin, kind: wire.op, scope: wire.scope, target: wire.target }
    case 'deny': {
      const { op: kind, scope, target } = wire
      return { ...origin, kind, scope, target, ...denialEndOf(wire) }
    }
    case 'snapshot-begin':
      return { ...origin, kind: wire.op, ...(wire.states && { states: wire.states }) }
    case 'snapshot-end':
      return { ...origin, kind: wire.op, ...(wire.confirm && { confirmed: true }) }
    case 'activate':
      return { ...origin, kind: wire.op, pv: wire.pv, hash: wire.hash, minimum: wire.minimum }
    case 'open': {
      const { op: kind, audience, route, claim, by, reason } = wire
      return { ...origin, kind, audience, route, claim, untilMs: timeOf(wire.until), by, reason }
    }
    case 'close':
      return { ...origin, kind: wire.op, opening: wire.opening, by: wire.by, reason: wire.reason }
    case 'clear-doubt': {
      const { op: kind, claim, by, reason } = wire
      const record = recordRefOf(wire.record)
      return { ...origin, kind, subject: subjectOf(wire), claim, record, by, reason }
    }
  }
}

function timeOf(text: string): number {
  const timeMs = parseRfc3339(text)
  invariant(timeMs !== undefined, 'the schema let a time through that is none')
  return timeMs
}

function originOf(wire: WireChange, { id, source }: EventName): ChangeOrigin {
  const occurredAtMs = timeOf(wire.occurredAt)
  return {
    tenant: wire.tenant,
    source,
    id,
    occurredAtMs,
    sourceVersion: parseVersion(wire.sourceVersion) ?? NO_VERSION,
    ...(wire.sequence === undefined ? {} : { sequence: BigInt(wire.sequence) }),
    ...(wire.onBehalfOf === undefined ? {} : { onBehalfOf: wire.onBehalfOf }),
  }
}

function claimChangeOf(
  wire: Extract<WireChange, { op: ClaimChange['op'] }>,
  origin: ChangeOrigin,
): ClaimChange {
  const change: ClaimChange = {
    ...origin,
    kind: 'claim',
    op: wire.op,
    subject: subjectOf(wire),
    claim: wire.claim,
    values: wire.op === 'clear' ? [] : valuesOf(wire.value),
    ...('found' in wire && wire.found !== undefined && { found: wire.found }),
  }
  if (wire.op !== 'set' || wire.settles === undefined) return change
  return { ...change, settles: wire.settles.map(recordRefOf) }
}

function subjectOf(wire: { tenant: string; subject: WireSubject }): ClaimChange['subject'] {
  return { tenant: wire.tenant, iss: wire.subject.iss, sub: wire.subject.sub }
}

function recordRefOf({ e, partition, offset }: WireRecordRef): RecordRef {
  return { e: BigInt(e), partition, offset: BigInt(offset) }
}

function valuesOf(value: WireScalar | readonly WireScalar[]): readonly ClaimValue[] {
  return typeof value === 'object' ? value.map(valueOf) : [valueOf(value)]
}

/** JSON has a negative zero, and the key of a value has not. */
function valueOf(value: WireScalar): ClaimValue {
  return value === 0 ? 0 : value
}

/** Returns the data of a change; {@link parseChangeData} is its inverse. */
export function dataOf(change: Change): WireChange {
  const { tenant, sourceVersion, sequence, occurredAtMs, onBehalfOf } = change
  return {
    tenant,
    ...statementOf(change),
    sourceVersion: formatVersion(sourceVersion),
    ...(sequence === undefined ? {} : { sequence: sequence.toString() }),
    occurredAt: formatRfc3339(occurredAtMs),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
  } as WireChange
}

function statementOf(change: Change): object {
  switch (change.kind) {
    case 'claim':
      return claimStatementOf(change)
    case 'account':
      return { subject: wireSubject(change), op: change.op }
    case 'value-withdrawn':
      return { claim: change.claim, op: change.kind, value: change.value }
    case 'cut-off':
      return { op: change.kind, scope: change.scope, target: change.target }
    case 'deny':
      return {
        op: change.kind,
        scope: change.scope,
        target: change.target,
        ...wireDenialEnd(change),
      }
    case 'snapshot-begin':
      return { op: change.kind, ...(change.states && { states: change.states }) }
    case 'snapshot-end':
      return { op: change.kind, ...(change.confirmed && { confirm: true }) }
    case 'activate':
      return { op: change.kind, pv: change.pv, hash: change.hash, minimum: change.minimum }
    case 'open': {
      const { kind: op, audience, route, claim, untilMs, by, reason } = change
      return { op, audience, route, claim, until: formatRfc3339(untilMs), by, reason }
    }
    case 'close':
      return { op: change.kind, opening: change.opening, by: change.by, reason: change.reason }
    case 'clear-doubt': {
      const { kind: op, claim, by, reason } = change
      const record = wireRecordRef(change.record)
      return { subject: wireSubject(change), claim, op, record, by, reason }
    }
  }
}

function claimStatementOf(change: ClaimChange): object {
  const { claim, op, values, settles, found } = change
  return {
    subject: wireSubject(change),
    claim,
    op,
    ...(op === 'clear' ? {} : { value: values }),
    ...(settles === undefined ? {} : { settles: settles.map(wireRecordRef) }),
    ...(found !== undefined && { found }),
  }
}

function wireSubject({ subject: { iss, sub } }: Pick<ClaimChange, 'subject'>): WireSubject {
  return { format: 'iss_sub', iss, sub }
}

function wireRecordRef({ e, partition, offset }: RecordRef): WireRecordRef {
  return { e: e.toString(), partition, offset: offset.toString() }
}
