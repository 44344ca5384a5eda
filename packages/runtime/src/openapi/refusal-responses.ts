import { errorCodes, type ErrorCode, type ErrorEntry, type Surface } from '@freshet/protocol'
import type * as z from 'zod'
import type { OperationRefusals } from './operation.ts'
import { oauthErrorForm, problemForm } from './problem-form.ts'

/** Statuses with the time of a retry. */
const WITH_RETRY: readonly number[] = [429, 503]
const EXPLAINED = 'Refused. docs/errors.md explains each `code`.'
const PROBLEM = 'application/problem+json'
/** RFC 6749 §5.2. */
const OAUTH = 'application/json'

/** A response of an operation in an OpenAPI document. */
export interface RefusalResponse {
  readonly description: string
  readonly headers?: object
  readonly content: Readonly<Record<string, object>>
}

/** Returns a reference to the component of a schema, or the schema itself. */
export type SchemaRef = (schema: z.ZodType) => object

/**
 * The OpenAPI responses of refusals, by status. Each names the codes of the catalogue that the surfaces answer
 * with that status.
 *
 * @throws Error for a status that no code of the surfaces has
 */
export function refusalResponses(
  {
    surfaces,
    meanings = explained(surfaces),
    problem = problemForm,
    headers = {},
  }: OperationRefusals,
  schemaOf: SchemaRef,
): Readonly<Record<string, RefusalResponse>> {
  const forms = { [PROBLEM]: schemaOf(problem), [OAUTH]: schemaOf(oauthErrorForm) }
  return Object.fromEntries(
    Object.entries(meanings).map(([status, description]) => {
      const content = contentOf(surfaces, Number(status), forms)
      const named = headersOf(Number(status), headers[Number(status)])
      return [status, { description, ...named, content }]
    }),
  )
}

/** Returns all statuses of the surfaces, with a link to docs/errors.md. */
function explained(surfaces: readonly Surface[]): Readonly<Record<number, string>> {
  return Object.fromEntries(statusesOf(surfaces).map((status) => [status, EXPLAINED]))
}

function headersOf(
  status: number,
  described: Readonly<Record<string, string>> = {},
): Pick<RefusalResponse, 'headers'> {
  const retry = { description: 'Seconds', schema: { type: 'integer' } }
  const headers = {
    ...(WITH_RETRY.includes(status) && { 'retry-after': retry }),
    ...describedHeaders(described),
  }
  return Object.keys(headers).length === 0 ? {} : { headers }
}

/** Headers of a response, each a text. */
export function describedHeaders(
  described: Readonly<Record<string, string>>,
): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(described).map(([name, description]) => {
      return [name, { description, schema: { type: 'string' } }]
    }),
  )
}

function contentOf(
  surfaces: readonly Surface[],
  status: number,
  forms: Readonly<Record<string, object>>,
): RefusalResponse['content'] {
  const bySurface = surfaces.map((surface) => [surface, codesAt(surface, status)] as const)
  const codesOf = (type: string): readonly ErrorCode[] => [
    ...new Set(bySurface.flatMap(([surface, some]) => (typeOf(surface) === type ? some : []))),
  ]
  const content = [PROBLEM, OAUTH].flatMap((type) => {
    const codes = codesOf(type)
    return codes.length === 0 ? [] : [[type, { schema: narrowed(forms[type], codes) }] as const]
  })
  if (content.length === 0) throw new Error(`No code of ${surfaces.join(', ')} has HTTP ${status}.`)
  return Object.fromEntries(content)
}

function narrowed(schema: object | undefined, codes: readonly ErrorCode[]): object {
  return { allOf: [schema, { type: 'object', properties: { code: { enum: codes } } }] }
}

function typeOf(surface: Surface): string {
  return surface === 'oauth' ? OAUTH : PROBLEM
}

function statusesOf(surfaces: readonly Surface[]): readonly number[] {
  const all = entries().flatMap(([, entry]) => surfaces.flatMap((each) => answersOf(entry, each)))
  return [...new Set(all)].sort((a, b) => a - b)
}

function codesAt(surface: Surface, status: number): readonly ErrorCode[] {
  return entries().flatMap(([code, entry]) =>
    answersOf(entry, surface).includes(status) ? [code] : [],
  )
}

function answersOf({ http, unprocessable }: ErrorEntry, surface: Surface): readonly number[] {
  const status = http[surface]
  if (status === undefined) return []
  return surface === 'gateway' && unprocessable !== undefined ? [status, unprocessable] : [status]
}

function entries(): readonly (readonly [ErrorCode, ErrorEntry])[] {
  return Object.entries(errorCodes) as [ErrorCode, ErrorEntry][]
}
