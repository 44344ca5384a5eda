import { isDeepStrictEqual } from 'node:util'
import type { Filter } from 'scim2-parse-filter'
import {
  attributeOf,
  ATTRIBUTES,
  isObject,
  readValue,
  schemaOf,
  type Attribute,
  type JsonObject,
  type ResourceKind,
} from './attributes.ts'
import { readValueFilter } from './filter.ts'
import { readMembers, requireAttributes, type Stated } from './resource.ts'
import { badRequest, ScimError } from './scim-error.ts'

/** The most operations of one PATCH. */
export const OPERATIONS_MAX = 1_000
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** The state after a PATCH. */
export interface Patched extends Stated {
  /** The members that the request names one by one, whether or not they changed. */
  readonly named: ReadonlySet<string>
  /** The members that leave because a list of the request does not have them. */
  readonly omitted: ReadonlySet<string>
}

/**
 * Applies a PATCH (RFC 7644 §3.5.2). Each form of a provisioner has one meaning, and a form without one is refused. The
 * operations take effect in the order of the list, all or none.
 *
 * @throws `invalidSyntax`, `invalidPath`, `invalidFilter`, `invalidValue`, `noTarget` and `mutability`
 */
export function applyPatch(kind: ResourceKind, id: string, before: Stated, body: unknown): Patched {
  const draft: Draft = {
    kind,
    id,
    attributes: { ...before.attributes },
    members: new Set(before.members),
    named: new Set(),
    omitted: new Set(),
  }
  for (const { op, path, value } of operationsOf(body)) {
    if (path !== undefined) applyAt(draft, op, path, value)
    else if (op === 'remove') throw badRequest('noTarget', 'A `remove` needs a `path`.')
    else if (!isObject(value))
      throw badRequest(
        'invalidValue',
        'An operation without a `path` needs an object as its `value`.',
      )
    // Entra sends paths as names of members, too: `name.givenName`.
    else for (const [name, each] of Object.entries(value)) applyAt(draft, op, name, each)
  }
  requireAttributes(kind, draft.attributes)
  for (const member of draft.members) draft.omitted.delete(member)
  return draft
}

interface Draft {
  readonly kind: ResourceKind
  readonly id: string
  readonly attributes: Record<string, unknown>
  readonly members: Set<string>
  readonly named: Set<string>
  readonly omitted: Set<string>
}

type Op = 'add' | 'remove' | 'replace'

interface Operation {
  readonly op: Op
  readonly path: string | undefined
  readonly value: unknown
}

function operationsOf(body: unknown): readonly Operation[] {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body is no JSON object.')
  const { schemas, Operations: operations } = body
  if (!Array.isArray(schemas) || !schemas.includes(PATCH_SCHEMA))
    throw badRequest('invalidSyntax', `\`schemas\` does not have ${PATCH_SCHEMA}.`)
  if (!Array.isArray(operations) || operations.length === 0 || operations.length > OPERATIONS_MAX)
    throw badRequest('invalidSyntax', `\`Operations\` is no list of 1 to ${OPERATIONS_MAX}.`)
  return operations.map((operation: unknown) => {
    const { op, path, value } = isObject(operation) ? operation : {}
    const name = typeof op === 'string' ? op.toLowerCase() : undefined
    if (name !== 'add' && name !== 'remove' && name !== 'replace')
      throw badRequest('invalidSyntax', 'An `op` is none of add, remove and replace.')
    if (path !== undefined && (typeof path !== 'string' || path === ''))
      throw badRequest('invalidPath', 'A `path` is no text.')
    return { op: name, path, value }
  })
}

/** A path in its parts: `emails[type eq "work"].value`. */
const PATH = /^(?<name>[A-Za-z$][\w$-]*)(?:\[(?<filter>.*)\])?(?:\.(?<sub>[A-Za-z$][\w$-]*))?$/s

function applyAt(draft: Draft, op: Op, path: string, value: unknown): void {
  const prefix = `${schemaOf(draft.kind)}:`
  const isPrefixed = path.toLowerCase().startsWith(prefix.toLowerCase())
  const { name, filter, sub } =
    PATH.exec(isPrefixed ? path.slice(prefix.length) : path)?.groups ?? {}
  const attribute = attributeOf(ATTRIBUTES[draft.kind], name ?? '')
  if (name === undefined || attribute === undefined) {
    if (!isReadOnly(draft, name, value))
      throw badRequest('invalidPath', 'A `path` names an attribute that is not known.')
    return
  }
  if (attribute.name === 'members') changeMembers(draft, op, { filter, sub, value })
  else if (filter !== undefined) changeValues(draft, op, { attribute, filter, sub, value })
  else if (sub === undefined) changeAttribute(draft, op, attribute, value)
  else changeSub(draft, op, { attribute, sub, value })
}

/** Returns whether an operation states what is so anyway. Okta sends the `id` beside a new name. */
function isReadOnly({ id }: Draft, name: string | undefined, value: unknown): boolean {
  if (name === 'schemas') return true
  if (name !== 'id' && name !== 'meta' && name !== 'groups') return false
  if (name === 'id' && value === id) return true
  throw badRequest('mutability', `${name} cannot be changed.`)
}

interface MembersOperation {
  readonly filter: string | undefined
  readonly sub: string | undefined
  readonly value: unknown
}

function changeMembers(draft: Draft, op: Op, { filter, sub, value }: MembersOperation): void {
  const { members, named } = draft
  if (sub !== undefined)
    throw badRequest('invalidPath', 'A path within `members` is not supported.')
  if (filter !== undefined) {
    if (op !== 'remove')
      throw badRequest('invalidPath', '`members` takes a filter in a `remove` alone.')
    leave(draft, [memberOf(filter)])
    return
  }
  if (op === 'remove' && value === undefined) {
    leaveAbsent(draft, new Set())
    return
  }
  const listed = readMembers(value)
  if (op === 'remove') {
    // RFC 7644 gives the empty list no meaning of its own, so it possibly means all members.
    if (listed.size === 0)
      throw badRequest('invalidValue', 'A `remove` has an empty list of members.')
    leave(draft, listed)
    return
  }
  if (op === 'replace') leaveAbsent(draft, listed)
  for (const id of listed) {
    members.add(id)
    named.add(id)
  }
}

function leave({ members, named, omitted }: Draft, ids: Iterable<string>): void {
  for (const id of ids) {
    members.delete(id)
    named.add(id)
    omitted.delete(id)
  }
}

function leaveAbsent({ members, omitted }: Draft, listed: ReadonlySet<string>): void {
  for (const id of members)
    if (!listed.has(id)) {
      members.delete(id)
      omitted.add(id)
    }
}

/** Returns the id of `members[value eq "id"]`, which is the one filter of members. */
function memberOf(filter: string): string {
  const members = attributeOf(ATTRIBUTES.Group, 'members')
  const { parsed } = readValueFilter(members as Attribute, filter)
  if (
    parsed.op === 'eq' &&
    'compValue' in parsed &&
    parsed.attrPath.toLowerCase() === 'value' &&
    typeof parsed.compValue === 'string'
  )
    return parsed.compValue
  throw badRequest('invalidFilter', 'The one filter of members is `value eq "id"`.')
}

function changeAttribute(draft: Draft, op: Op, attribute: Attribute, value: unknown): void {
  const { attributes } = draft
  const { name, isList, type } = attribute
  if (op === 'remove') {
    if (value !== undefined && isList === true) {
      const gone = readValue(attribute, value) as readonly unknown[]
      const isGone = (each: unknown): boolean => gone.some((one) => isDeepStrictEqual(one, each))
      setValues(
        attributes,
        name,
        valuesOf(attributes, name).filter((each) => !isGone(each)),
      )
    } else if (value === undefined) delete attributes[name]
    else throw badRequest('invalidValue', `A \`remove\` of ${name} takes no value.`)
    return
  }
  if (value === null) {
    if (op === 'add') throw badRequest('invalidValue', `${name} has no value to add.`)
    delete attributes[name]
    return
  }
  const read = readValue(attribute, value)
  if (isList === true && op === 'add') {
    const before = valuesOf(attributes, name)
    const added = (read as readonly unknown[]).filter(
      (each) => !before.some((one) => isDeepStrictEqual(one, each)),
    )
    attributes[name] = readValue(attribute, [...before, ...added])
  } else if (type === 'complex' && isList !== true && op === 'add')
    attributes[name] = { ...(attributes[name] as JsonObject | undefined), ...(read as JsonObject) }
  else attributes[name] = read
}

interface SubOperation {
  readonly attribute: Attribute
  readonly sub: string
  readonly value: unknown
}

function changeSub({ attributes }: Draft, op: Op, { attribute, sub, value }: SubOperation): void {
  const known = attributeOf(attribute.subs ?? [], sub)
  if (known === undefined || attribute.isList === true)
    throw badRequest('invalidPath', `${attribute.name} has no such sub-attribute in a \`path\`.`)
  const now = attributes[attribute.name] as JsonObject | undefined
  attributes[attribute.name] = withSub(now ?? {}, op, known, value)
}

function withSub(of: JsonObject, op: Op, sub: Attribute, value: unknown): JsonObject {
  if (op !== 'remove') return { ...of, [sub.name]: readValue(sub, value) }
  return Object.fromEntries(Object.entries(of).filter(([name]) => name !== sub.name))
}

interface ValuesOperation {
  readonly attribute: Attribute
  readonly filter: string
  readonly sub: string | undefined
  readonly value: unknown
}

function changeValues(draft: Draft, op: Op, operation: ValuesOperation): void {
  const { attributes } = draft
  const { attribute, filter, sub, value } = operation
  const { name, subs = [], isList } = attribute
  if (isList !== true)
    throw badRequest('invalidPath', `${name} has one value, so it takes no filter.`)
  const { matches, parsed } = readValueFilter(attribute, filter)
  const known = sub === undefined ? undefined : attributeOf(subs, sub)
  if (sub !== undefined && known === undefined)
    throw badRequest('invalidPath', `${name} has no such sub-attribute.`)
  const before = valuesOf(attributes, name) as readonly JsonObject[]
  const isFound = before.some(matches)
  if (op === 'remove' && known === undefined) {
    setValues(
      attributes,
      name,
      before.filter((each) => !matches(each)),
    )
    return
  }
  if (!isFound && op === 'remove') return
  if (!isFound && op === 'replace')
    throw badRequest('noTarget', `No value of ${name} matches the filter.`)
  const changed = (each: JsonObject): JsonObject =>
    known === undefined
      ? {
          ...each,
          ...(readValue({ ...attribute, isList: undefined } as never, value) as JsonObject),
        }
      : withSub(each, op, known, value)
  const next = isFound
    ? before.map((each) => (matches(each) ? changed(each) : each))
    : [...before, changed(statedBy(parsed))]
  attributes[name] = readValue(attribute, next)
}

/** Returns the value that `type eq "work"` states, for an `add` that finds none. */
function statedBy(parsed: Filter): JsonObject {
  if (parsed.op === 'eq' && 'compValue' in parsed) return { [parsed.attrPath]: parsed.compValue }
  throw new ScimError(400, 'noTarget', 'No value matches the filter.')
}

function valuesOf(attributes: JsonObject, name: string): readonly unknown[] {
  return (attributes[name] as readonly unknown[] | undefined) ?? []
}

function setValues(
  attributes: Record<string, unknown>,
  name: string,
  values: readonly unknown[],
): void {
  if (values.length === 0) delete attributes[name]
  else attributes[name] = values
}
