import { parse, type Filter } from 'scim2-parse-filter'
import {
  attributeOf,
  ATTRIBUTES,
  isObject,
  type Attribute,
  type ResourceKind,
} from './attributes.ts'
import { badRequest } from './scim-error.ts'

/** The longest filter, in bytes of UTF-8, and the most levels of one. */
export const FILTER_BYTES_MAX = 1_024
export const FILTER_DEPTH_MAX = 8

/** A filter of a type of resource. It was parsed once, and each attribute of it is known. */
export interface ResourceFilter {
  readonly matches: (resource: unknown) => boolean
  /** The one attribute and value that a resource must have, if the filter is `attribute eq "value"`. */
  readonly equals?: { readonly attribute: string; readonly value: string }
}

/** Attributes that every resource has besides its own. */
const COMMON: readonly Attribute[] = [
  { name: 'id', type: 'string' },
  {
    name: 'meta',
    type: 'complex',
    subs: ['resourceType', 'created', 'lastModified'].map((name) => ({ name, type: 'string' })),
  },
]
/** The attributes whose values differ by case (RFC 7643 §3.1). */
const CASE_EXACT: ReadonlySet<string> = new Set(['id', 'externalId'])

/** @throws `invalidFilter` if the filter is too long, too deep, no filter, or has an unknown attribute */
export function readFilter(kind: ResourceKind, filter: string): ResourceFilter {
  const attributes = [...COMMON, ...ATTRIBUTES[kind]]
  const prefix = `urn:ietf:params:scim:schemas:core:2.0:${kind}:`.toLowerCase()
  const parsed = parsedFilter(filter)
  const matches = matcher(parsed, attributes, prefix, 1)
  if (parsed.op !== 'eq' || !('compValue' in parsed)) return { matches }
  const { attrPath, compValue } = parsed
  const attribute = attributeOf(attributes, withoutPrefix(attrPath, prefix))
  if (attribute === undefined || typeof compValue !== 'string') return { matches }
  return { matches, equals: { attribute: attribute.name, value: compValue } }
}

/** Reads the filter within a path, as in `emails[type eq "work"]`. @throws `invalidFilter` */
export function readValueFilter(
  { subs = [] }: Attribute,
  filter: string,
): { readonly matches: (value: unknown) => boolean; readonly parsed: Filter } {
  const parsed = parsedFilter(filter)
  return { matches: matcher(parsed, subs, '', 1), parsed }
}

function parsedFilter(filter: string): Filter {
  if (Buffer.byteLength(filter) > FILTER_BYTES_MAX)
    throw badRequest('invalidFilter', `The filter is longer than ${FILTER_BYTES_MAX} bytes.`)
  try {
    return parse(filter)
  } catch {
    throw badRequest('invalidFilter', 'The filter does not follow RFC 7644 §3.4.2.2.')
  }
}

type Matcher = (resource: unknown) => boolean

function matcher(
  filter: Filter,
  attributes: readonly Attribute[],
  prefix: string,
  depth: number,
): Matcher {
  if (depth > FILTER_DEPTH_MAX)
    throw badRequest('invalidFilter', `The filter has more than ${FILTER_DEPTH_MAX} levels.`)
  const inner = (each: Filter): Matcher => matcher(each, attributes, prefix, depth + 1)
  if ('filters' in filter) {
    const all = filter.filters.map(inner)
    return filter.op === 'and'
      ? (resource) => all.every((each) => each(resource))
      : (resource) => all.some((each) => each(resource))
  }
  if ('filter' in filter) {
    const negated = inner(filter.filter)
    return (resource) => !negated(resource)
  }
  const { names, attribute } = resolved(filter.attrPath, attributes, prefix)
  if ('valFilter' in filter) {
    const each = matcher(filter.valFilter, attribute.subs ?? [], '', depth + 1)
    return (resource) => valuesAt(resource, names.slice(0, 1)).some(each)
  }
  if (!('compValue' in filter)) return (resource) => valuesAt(resource, names).length > 0
  const { op, compValue } = filter
  const isExact = CASE_EXACT.has(names.at(-1) ?? '')
  const fold = (value: unknown): unknown =>
    typeof value === 'string' && !isExact ? foldCase(value) : value
  const wanted = fold(compValue)
  const compare = (value: unknown): boolean => compares(op, fold(value), wanted)
  // A value that is absent differs from each value.
  if (op === 'ne') return (resource) => !valuesAt(resource, names).some((at) => fold(at) === wanted)
  return (resource) => valuesAt(resource, names).some(compare)
}

function resolved(
  path: string,
  attributes: readonly Attribute[],
  prefix: string,
): { readonly names: readonly string[]; readonly attribute: Attribute } {
  const [first = '', second, ...others] = withoutPrefix(path, prefix).split('.')
  const attribute = attributeOf(attributes, first)
  const sub = second === undefined ? undefined : attributeOf(attribute?.subs ?? [], second)
  if (attribute === undefined || others.length > 0 || (second !== undefined && !sub))
    throw badRequest('invalidFilter', 'The filter names an attribute that is not known.')
  if (sub !== undefined) return { names: [attribute.name, sub.name], attribute: sub }
  // RFC 7644 §3.4.2.2: the filter `emails co "x"` means the values of the attribute.
  const isValued = attribute.isList === true && attributeOf(attribute.subs ?? [], 'value')
  return { names: isValued ? [attribute.name, 'value'] : [attribute.name], attribute }
}

function withoutPrefix(path: string, prefix: string): string {
  return prefix !== '' && path.toLowerCase().startsWith(prefix) ? path.slice(prefix.length) : path
}

function valuesAt(resource: unknown, names: readonly string[]): readonly unknown[] {
  let found: readonly unknown[] = [resource]
  for (const name of names)
    found = found.flatMap((at) => {
      const value = isObject(at) ? at[name] : undefined
      return value === undefined || value === null ? [] : value
    })
  return found
}

function compares(op: string, value: unknown, wanted: unknown): boolean {
  if (op === 'eq') return value === wanted
  if (typeof value !== 'string' || typeof wanted !== 'string') return false
  switch (op) {
    case 'co':
      return value.includes(wanted)
    case 'sw':
      return value.startsWith(wanted)
    case 'ew':
      return value.endsWith(wanted)
    case 'gt':
      return value > wanted
    case 'ge':
      return value >= wanted
    case 'lt':
      return value < wanted
    case 'le':
      return value <= wanted
    default:
      return false
  }
}

/** Returns a text without its case, so that `STRASSE` and `straße` are equal. */
export function foldCase(value: string): string {
  return value.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}
