import * as z from 'zod'

/** An RFC 3339 time. */
export const timeText = z.string().meta({ format: 'date-time' })

/** A number of milliseconds, `null` without one. */
export const msOrNull = z.number().nullable()

export const EDGE_STATUSES = [
  'synced',
  'lagging',
  'stale',
  'starting',
  'disconnected',
  'closed',
] as const

/** The status of an edge, for people. */
export type EdgeStatus = (typeof EDGE_STATUSES)[number]

/** Returns the form of an answer with these members. */
export function answerWith<Members extends z.ZodRawShape>(members: Members) {
  return z.object({ apiVersion: z.string(), ...members })
}

/** The members that roles below operator get as `null`. */
const hidden = new WeakSet<z.core.$ZodType>()

/** Marks a member that names a person, or that has values of claims: roles below operator get `null`. */
export function forOperators<Form extends z.ZodNullable>(form: Form): Form {
  hidden.add(form)
  return form
}

/** Takes what is for operators out of an answer. */
type Redaction = (value: unknown) => unknown

/**
 * Returns the function that takes the members for operators out of an answer of this form; `undefined` if the form has
 * none, so that everyone gets the same answer.
 */
export function redactionOf(form: z.core.$ZodType): Redaction | undefined {
  if (hidden.has(form)) return () => null
  if (form instanceof z.ZodObject) return ofMembers(form.shape)
  if (form instanceof z.ZodArray) {
    const each = redactionOf(form.element)
    return each && ((value) => (value as readonly unknown[]).map(each))
  }
  const wrapped = WRAPPERS.find((wrapper) => form instanceof wrapper)
  if (wrapped !== undefined) {
    const inner = redactionOf((form as z.ZodNullable).unwrap())
    return inner && ((value) => (value === null || value === undefined ? value : inner(value)))
  }
  // The members of these forms are not looked for, so they must not have any.
  const inside = [
    ...(form instanceof z.ZodUnion ? form.options : []),
    ...(form instanceof z.ZodRecord ? [form.valueType] : []),
  ]
  if (inside.some(redactionOf)) throw new Error('A union or a record has a member for operators.')
  const { type } = (form as z.ZodType).def
  if (inside.length === 0 && !PLAIN.has(type))
    throw new Error(`An answer has a form whose members are unknown: ${type}.`)
  return undefined
}

const WRAPPERS = [z.ZodNullable, z.ZodExactOptional, z.ZodOptional]
/** The types of forms without members. */
const PLAIN: ReadonlySet<string> = new Set([
  'string',
  'number',
  'boolean',
  'enum',
  'literal',
  'null',
  'unknown',
])

function ofMembers(shape: z.core.$ZodShape): Redaction | undefined {
  const members = Object.entries(shape).flatMap(([name, form]) => {
    const redact = redactionOf(form)
    return redact === undefined ? [] : [{ name, redact }]
  })
  if (members.length === 0) return undefined
  return (value) => {
    const answer = value as Readonly<Record<string, unknown>>
    const shown = members.filter(({ name }) => name in answer)
    const redacted = shown.map(({ name, redact }) => [name, redact(answer[name])] as const)
    return { ...answer, ...Object.fromEntries(redacted) }
  }
}
