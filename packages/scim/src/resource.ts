import {
  attributeOf,
  ATTRIBUTES,
  isObject,
  readValue,
  schemaOf,
  type JsonObject,
  type ResourceKind,
} from './attributes.ts'
import { badRequest } from './scim-error.ts'

/** A user or a group, as it is stored. */
export interface ScimResource {
  readonly kind: ResourceKind
  readonly id: string
  /** The attributes of the schema, without the members of a group. */
  readonly attributes: JsonObject
  /** It grows with each write. The ETag has it. */
  readonly version: number
  readonly createdMs: number
  readonly changedMs: number
}

/** The attributes that a request states, and the members of a group. */
export interface Stated {
  readonly attributes: JsonObject
  readonly members: ReadonlySet<string>
}

/** The most members that one request can name. */
export const MEMBERS_MAX = 10_000

/**
 * Reads the body of a POST or PUT. Members that the schema does not have are left out; the answer shows what is stored.
 *
 * @throws `invalidSyntax` and `invalidValue`
 */
export function readResource(kind: ResourceKind, body: unknown): Stated {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body is no JSON object.')
  const { schemas } = body
  if (!Array.isArray(schemas) || !schemas.includes(schemaOf(kind)))
    throw badRequest('invalidSyntax', `\`schemas\` does not have ${schemaOf(kind)}.`)
  const attributes: Record<string, unknown> = {}
  let members: ReadonlySet<string> = new Set()
  for (const [name, value] of Object.entries(body)) {
    const attribute = attributeOf(ATTRIBUTES[kind], name)
    if (attribute === undefined || value === null) continue
    if (attribute.name === 'members') members = readMembers(value)
    else attributes[attribute.name] = readValue(attribute, value)
  }
  requireAttributes(kind, attributes)
  return { attributes, members }
}

/** @throws `invalidValue` if a required attribute is absent or empty */
export function requireAttributes(kind: ResourceKind, attributes: JsonObject): void {
  for (const { name, isRequired } of ATTRIBUTES[kind])
    if (isRequired === true && (attributes[name] === undefined || attributes[name] === ''))
      throw badRequest('invalidValue', `${name} is required.`)
}

/** Returns the ids of a list of members. @throws `invalidValue` */
export function readMembers(value: unknown): ReadonlySet<string> {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length > MEMBERS_MAX)
    throw badRequest('invalidValue', `The request names more than ${MEMBERS_MAX} members.`)
  return new Set(
    list.map((member) => {
      const id = isObject(member) ? member['value'] : undefined
      if (
        typeof id !== 'string' ||
        id === '' ||
        id.length > MEMBER_ID_CHARS_MAX ||
        id.includes('\0')
      )
        throw badRequest('invalidValue', 'A member has no `value` with an id.')
      if (isObject(member) && member['type'] !== undefined && member['type'] !== 'User')
        throw badRequest('invalidValue', 'A member is no user. Groups in groups are not supported.')
      return id
    }),
  )
}

const MEMBER_ID_CHARS_MAX = 128

/** Returns the resource as the answer shows it. */
export function resourceBody(
  { kind, id, attributes, version, createdMs, changedMs }: ScimResource,
  base: string,
  related: JsonObject,
): JsonObject {
  return {
    schemas: [schemaOf(kind)],
    id,
    ...attributes,
    ...related,
    meta: {
      resourceType: kind,
      created: new Date(createdMs).toISOString(),
      lastModified: new Date(changedMs).toISOString(),
      location: `${base}/${kind}s/${id}`,
      version: etagOf(version),
    },
  }
}

/** The weak ETag of a version (RFC 7644 §3.14). */
export function etagOf(version: number): string {
  return `W/"${version}"`
}
