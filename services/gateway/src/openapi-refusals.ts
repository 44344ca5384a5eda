import type { OperationRefusals } from '@freshet/runtime'
import { batchProblemForm } from './changes/change-answers.ts'

/** The meaning of each status at the gateway. */
const meanings = {
  400: 'The body is not JSON, or not a body of this route',
  401: 'The request has no proof of its sender, or one that was used before',
  403: 'The sender is not allowed to do this',
  404: 'There is no such name or version',
  409: 'The id has other content, the sequence number is unexpected, or an earlier change is not acknowledged',
  413: 'Above 256 KiB (a registry: 1 MiB), 500 events or 16 KiB of headers',
  415: 'The content type is not supported here',
  422: 'The body breaks rules; errors[] names each rule and its place',
  429: 'A limit of this source is reached, or too many wrong admin tokens came',
  503: 'The broker or the database does not answer',
} as const

/** The refusals of a route. */
export const refusals = (...statuses: (keyof typeof meanings)[]): OperationRefusals => ({
  name: 'Refused',
  surfaces: ['service', 'gateway'],
  meanings: Object.fromEntries(statuses.map((status) => [status, meanings[status]])),
})

/** The same of a route with batches, whose parts are answered one by one. */
export const batchRefusals = (...statuses: (keyof typeof meanings)[]): OperationRefusals => ({
  ...refusals(...statuses),
  name: 'RefusedBatch',
  problem: batchProblemForm,
})
