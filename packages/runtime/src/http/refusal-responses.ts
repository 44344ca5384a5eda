import { errorCodes, type ErrorCode, type ErrorEntry, type Surface } from '@freshet/protocol'

/** Statuses with the time of a retry. */
const WITH_RETRY: readonly number[] = [429, 503]
const EXPLAINED = 'Refused. docs/errors.md explains each `code`.'
const PROBLEM = 'application/problem+json'
/** RFC 6749 §5.2. */
const OAUTH = 'application/json'
const RETRY_AFTER = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } }

/** A response of an operation in an OpenAPI document. */
export interface RefusalResponse {
  readonly description: string
  readonly headers?: object
  readonly content: Readonly<Record<string, object>>
}

/**
 * The OpenAPI responses of an operation that refuses with the statuses of `meanings`, by status. Each names the
 * codes of the catalogue that the surfaces answer with that status. `meanings`: a sentence for each status;
 * default all statuses of the surfaces, with a link to docs/errors.md.
 *
 * @throws Error for a status that no code of the surfaces has
 */
export function refusalResponses(
  surfaces: readonly Surface[],
  meanings: Meanings = explained(surfaces),
): Readonly<Record<string, RefusalResponse>> {
  return Object.fromEntries(
    Object.entries(meanings).map(([status, description]) => [
      status,
      { description, ...responseOf(surfaces, Number(status)) },
    ]),
  )
}

/** The meaning of each status at an operation. */
type Meanings = Readonly<Record<number, string>>

function explained(surfaces: readonly Surface[]): Meanings {
  return Object.fromEntries(statusesOf(surfaces).map((status) => [status, EXPLAINED]))
}

function responseOf(
  surfaces: readonly Surface[],
  status: number,
): Omit<RefusalResponse, 'description'> {
  const bySurface = surfaces.map((surface) => [surface, codesAt(surface, status)] as const)
  const codesOf = (type: string): readonly ErrorCode[] => [
    ...new Set(bySurface.flatMap(([surface, some]) => (typeOf(surface) === type ? some : []))),
  ]
  const content = [PROBLEM, OAUTH].flatMap((type) => {
    const codes = codesOf(type)
    return codes.length === 0 ? [] : [[type, { schema: schemaOf(codes) }] as const]
  })
  if (content.length === 0) throw new Error(`No code of ${surfaces.join(', ')} has HTTP ${status}.`)
  return {
    ...(WITH_RETRY.includes(status) && { headers: RETRY_AFTER }),
    content: Object.fromEntries(content),
  }
}

function schemaOf(codes: readonly ErrorCode[]): object {
  return { type: 'object', required: ['code'], properties: { code: { enum: codes } } }
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
