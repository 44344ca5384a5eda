import { badRequest } from './scim-error.ts'

/** The types of resources that a provisioner can send. */
export type ResourceKind = 'User' | 'Group'

/** A JSON object of a request. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The type of an attribute. A complex one has sub-attributes; `isList` is true if it has several values. */
export interface Attribute {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'complex'
  readonly isList?: true
  readonly isRequired?: true
  readonly subs?: readonly Attribute[]
}

const text = (...names: readonly string[]): readonly Attribute[] =>
  names.map((name) => ({ name, type: 'string' }))
const list = (name: string, ...subs: readonly string[]): Attribute => ({
  name,
  type: 'complex',
  isList: true,
  subs: [...text(...subs, 'type'), { name: 'primary', type: 'boolean' }],
})

/** The attributes that are stored, by type of resource. Members of a group are stored beside it. */
export const ATTRIBUTES: Readonly<Record<ResourceKind, readonly Attribute[]>> = {
  User: [
    { name: 'userName', type: 'string', isRequired: true },
    ...text('externalId', 'displayName', 'nickName', 'profileUrl', 'title', 'userType'),
    ...text('preferredLanguage', 'locale', 'timezone'),
    { name: 'active', type: 'boolean' },
    {
      name: 'name',
      type: 'complex',
      subs: text(
        'formatted',
        'familyName',
        'givenName',
        'middleName',
        'honorificPrefix',
        'honorificSuffix',
      ),
    },
    list('emails', 'value', 'display'),
    list('phoneNumbers', 'value', 'display'),
    list('entitlements', 'value', 'display'),
    list('roles', 'value', 'display'),
    list('addresses', 'formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'),
  ],
  Group: [
    { name: 'displayName', type: 'string', isRequired: true },
    ...text('externalId'),
    {
      name: 'members',
      type: 'complex',
      isList: true,
      subs: text('value', 'display', '$ref', 'type'),
    },
  ],
}

/** The name of the schema of a type of resource. */
export function schemaOf(kind: ResourceKind): string {
  return `urn:ietf:params:scim:schemas:core:2.0:${kind}`
}

/** Finds an attribute by its name, without regard to case (RFC 7643 §2.1). */
export function attributeOf(of: readonly Attribute[], name: string): Attribute | undefined {
  return of.find((each) => each.name.toLowerCase() === name.toLowerCase())
}

/** The longest text of an attribute, and the most values of one. */
export const TEXT_CHARS_MAX = 1_024
export const VALUES_MAX = 1_000

/**
 * Returns the value of an attribute in its canonical form. Booleans as text are read, because Entra sends them.
 *
 * @throws `invalidValue` if the value has another type
 */
export function readValue(attribute: Attribute, value: unknown): unknown {
  if (attribute.isList !== true) return readSingle(attribute, value)
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  if (values.length > VALUES_MAX)
    throw badRequest('invalidValue', `${attribute.name} has more than ${VALUES_MAX} values.`)
  return values.map((each) => readSingle(attribute, each))
}

/** Characters that a database does not hold: NUL, and half of a pair. */
const UNFIT = /[\0\p{Surrogate}]/u

function readSingle({ name, type, subs = [] }: Attribute, value: unknown): unknown {
  switch (type) {
    case 'string':
      if (typeof value === 'string' && value.length <= TEXT_CHARS_MAX && !UNFIT.test(value))
        return value
      throw badRequest(
        'invalidValue',
        `${name} is no text of at most ${TEXT_CHARS_MAX} characters.`,
      )
    case 'boolean': {
      const read = typeof value === 'string' ? value.toLowerCase() : value
      if (read === true || read === 'true') return true
      if (read === false || read === 'false') return false
      throw badRequest('invalidValue', `${name} is neither true nor false.`)
    }
    case 'complex': {
      if (!isObject(value)) throw badRequest('invalidValue', `${name} is no JSON object.`)
      const read = Object.entries(value).flatMap(([key, each]) => {
        const sub = attributeOf(subs, key)
        return sub === undefined || each === null
          ? []
          : [[sub.name, readSingle(sub, each)] as const]
      })
      return Object.fromEntries(read)
    }
  }
}

/** Returns whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
