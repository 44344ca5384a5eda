import { badRequest, isObject, ScimError, type JsonObject } from '@freshet/scim'

/** The most operations, and the most bytes, of one bulk request. */
export const BULK_OPERATIONS_MAX = 100
export const BULK_BYTES_MAX: number = 1_024 * 1_024
const REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse'
const METHODS: ReadonlySet<unknown> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** One operation of a bulk request, with the ids that earlier ones made. */
export interface BulkOperation {
  readonly method: string
  readonly path: string
  readonly data: unknown
  readonly version: string | undefined
}

/** The answer to one operation. */
export interface OperationAnswer {
  readonly status: number
  readonly location?: string | undefined
  readonly id?: string | undefined
  readonly body?: unknown
}

/**
 * Carries out the operations of a bulk request (RFC 7644 §3.7) in the order of the list. A `bulkId:` names what an
 * earlier operation made. After `failOnErrors` errors the rest is left out.
 *
 * @throws `invalidSyntax`, and 413 for too many operations
 */
export async function runBulk(
  body: unknown,
  run: (operation: BulkOperation) => Promise<OperationAnswer>,
): Promise<JsonObject> {
  if (!isObject(body) || !Array.isArray(body['schemas']) || !body['schemas'].includes(REQUEST))
    throw badRequest('invalidSyntax', `\`schemas\` does not have ${REQUEST}.`)
  const { Operations: operations, failOnErrors } = body
  if (!Array.isArray(operations)) throw badRequest('invalidSyntax', '`Operations` is no list.')
  if (operations.length > BULK_OPERATIONS_MAX)
    throw new ScimError(413, undefined, `A request has at most ${BULK_OPERATIONS_MAX} operations.`)
  const errorsMax = typeof failOnErrors === 'number' ? failOnErrors : Infinity
  const made = new Map<string, string>()
  const answers: JsonObject[] = []
  let errors = 0
  for (const operation of operations as readonly unknown[]) {
    if (errors >= errorsMax) break
    const { method, path, data, version, bulkId } = isObject(operation) ? operation : {}
    if (!METHODS.has(method) || typeof path !== 'string')
      throw badRequest('invalidSyntax', 'An operation has no `method` or no `path`.')
    const answer = await run({
      method: method as string,
      path: resolved(path, made) as string,
      data: resolved(data, made),
      version: typeof version === 'string' ? version : undefined,
    })
    if (typeof bulkId === 'string' && answer.id !== undefined) made.set(bulkId, answer.id)
    if (answer.status >= 400) errors += 1
    answers.push({
      method,
      ...(bulkId !== undefined && { bulkId }),
      ...(answer.location !== undefined && { location: answer.location }),
      status: String(answer.status),
      ...(answer.status >= 400 && { response: answer.body }),
    })
  }
  return { schemas: [RESPONSE], Operations: answers }
}

/** Replaces `bulkId:name` by the id. A name that nothing made stays, and no resource has it. */
function resolved(value: unknown, made: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/bulkId:([\w-]+)/g, (all, name: string) => made.get(name) ?? all)
  }
  if (Array.isArray(value)) return value.map((each) => resolved(each, made))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, made)]))
}
