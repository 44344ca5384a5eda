const object = { type: 'object' }
const problem = { content: { 'application/problem+json': { schema: object } } }
const again = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } }
const refused: Readonly<Record<string, object>> = {
  '400': { description: 'Not JSON, or not a body of this route', ...problem },
  '401': { description: 'No proof of who sends it, or one that was used before', ...problem },
  '403': { description: 'The sender is not allowed to do this', ...problem },
  '404': { description: 'Nothing of that name, or no version of that number', ...problem },
  '409': {
    description: 'Other content under an id, an unexpected sequence, or something unacknowledged',
    ...problem,
  },
  '413': {
    description: 'Above 256 KiB (a registry: 1 MiB), 500 events or 16 KiB of headers',
    ...problem,
  },
  '415': { description: 'A kind of body that is not read here', ...problem },
  '422': {
    description: 'The body breaks rules; errors[] names each rule and its place',
    ...problem,
  },
  '429': { description: 'A limit of this source is reached', headers: again, ...problem },
  '503': { description: 'Broker or database do not answer now', headers: again, ...problem },
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
