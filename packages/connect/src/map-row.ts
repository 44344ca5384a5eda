import { hash } from 'node:crypto'
import type { ClaimMapping, ClaimValue, SourceConnection } from '@freshet/protocol'
import type { Json, Row } from './connector.ts'

/** The most values of one claim of a subject. More are refused, because an event could not carry them. */
export const MAPPED_VALUES_MAX = 1_000

/** The state of a subject, in the names of Freshet. */
export interface MappedSubject {
  readonly sub: string
  /** The values of each mapped claim, each once. A claim of a refused value is absent. */
  readonly claims: ReadonlyMap<string, readonly ClaimValue[]>
  /** The state of the account. Absent: the connection does not send it. */
  readonly account?: 'enabled' | 'disabled'
  /** Claims with a value that the mapping refuses, and why. No text has a value. */
  readonly refused: ReadonlyMap<string, string>
}

/**
 * Maps the state of a subject in the upstream system. The function is total: it always ends, and a value that it
 * cannot map grants nothing. Returns `undefined` if the row has no usable `sub`.
 */
export function mapRow(
  { subject, claims, account }: SourceConnection,
  { attributes, enabled }: Row,
): MappedSubject | undefined {
  const [sub, ...others] = elementsAt(attributes, subject.sub)
  if (typeof sub !== 'string' || sub === '' || others.length > 0) return undefined
  const values = new Map<string, readonly ClaimValue[]>()
  const refused = new Map<string, string>()
  for (const [claim, mapping] of claims) {
    const mapped = mapClaim(mapping, attributes)
    if (typeof mapped === 'string') refused.set(claim, mapped)
    else values.set(claim, mapped)
  }
  const state = { sub, claims: values, refused }
  if (!account || enabled === undefined) return state
  return { ...state, account: enabled ? 'enabled' : 'disabled' }
}

function mapClaim(
  { each, strip = '', values, others }: ClaimMapping,
  attributes: Json,
): readonly ClaimValue[] | string {
  const mapped = new Set<ClaimValue>()
  for (const element of elementsAt(attributes, each)) {
    if (element === null) continue
    if (typeof element === 'object') return 'has a value that is no text, number or boolean'
    if (!String(element).startsWith(strip)) continue
    const stripped = strip === '' ? element : String(element).slice(strip.length)
    const known = values?.get(String(stripped))
    if (known !== undefined) mapped.add(known)
    else if (values === undefined || others === 'keep') mapped.add(stripped)
    else if (others === 'refuse') return 'has a value that its table does not have'
    if (mapped.size > MAPPED_VALUES_MAX) return `has more than ${MAPPED_VALUES_MAX} values`
  }
  return [...mapped]
}

/** Returns the values that a pointer with `*` names. A place that is not there has none. */
function elementsAt(json: Json, pointer: string): readonly Json[] {
  let found: readonly Json[] = [json]
  for (const segment of segmentsOf(pointer)) {
    found = found.flatMap((at) => {
      if (at === null || typeof at !== 'object') return []
      if (segment === '*') return Array.isArray(at) ? (at as readonly Json[]) : []
      const member = Object.hasOwn(at, segment) ? (at as Record<string, Json>)[segment] : undefined
      return member === undefined ? [] : [member]
    })
  }
  return found
}

/** The segments of a JSON Pointer (RFC 6901 §4), without their escapes. */
function segmentsOf(pointer: string): readonly string[] {
  const [, ...segments] = pointer.split('/')
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Characters of base64url that name a mapping: 72 bits. */
const NAME_LENGTH = 12

/**
 * Returns the cursor as it is stored: with the name of the mapping. After a change of the mapping everything is compared
 * before the first heartbeat.
 */
export function writtenCursor(connection: SourceConnection, cursor: string): string {
  return `${mappingName(connection)} ${cursor}`
}

/** Returns the cursor of the connector, or `undefined` if it was stored under another mapping. */
export function readCursor(
  connection: SourceConnection,
  stored: string | undefined,
): string | undefined {
  const [name, ...rest] = stored?.split(' ') ?? []
  return name === mappingName(connection) ? rest.join(' ') : undefined
}

function mappingName({ kind, at, subject, account, claims, options }: SourceConnection): string {
  const mapped = [...claims].map(([claim, { values, ...how }]) => [claim, how, [...(values ?? [])]])
  const parts = [kind, at, subject, account, mapped, [...options]]
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, NAME_LENGTH)
}
