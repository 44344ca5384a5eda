const object = { type: 'object' }
const problem = { content: { 'application/problem+json': { schema: object } } }
const again = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } }
const refused: Readonly<Record<string, object>> = {
  '400': { description: 'The body is not JSON, or not a body of this route', ...problem },
  '401': {
    description: 'The request has no proof of its sender, or one that was used before',
    ...problem,
  },
  '403': { description: 'The sender is not allowed to do this', ...problem },
  '404': { description: 'There is no such name or version', ...problem },
  '409': {
    description:
      'The id has other content, the sequence number is unexpected, or an earlier change is not acknowledged',
    ...problem,
  },
  '413': {
    description: 'Above 256 KiB (a registry: 1 MiB), 500 events or 16 KiB of headers',
    ...problem,
  },
  '415': { description: 'The content type is not supported here', ...problem },
  '422': {
    description: 'The body breaks rules; errors[] names each rule and its place',
    ...problem,
  },
  '429': { description: 'A limit of this source is reached', headers: again, ...problem },
  '503': { description: 'The broker or the database does not answer', headers: again, ...problem },
}
/** The refusals of a route, by status. */
export const refusals = (...statuses: readonly number[]): object =>
  Object.fromEntries(statuses.map((status) => [String(status), refused[status]]))
/** An answer in JSON. */
export const json = (description: string): object => ({
  description,
  content: { 'application/json': { schema: object } },
})
/** A required body of one of these types. */
export const body = (...types: readonly string[]): object => ({
  required: true,
  content: Object.fromEntries(types.map((type) => [type, { schema: {} }])),
})
