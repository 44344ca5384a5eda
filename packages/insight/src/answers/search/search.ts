import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { answerWith } from '../forms.ts'

/** The kinds of things that a search finds. */
export const SEARCH_KINDS = [
  'subject',
  'token',
  'change',
  'edge',
  'client',
  'source',
  'claim',
  'audience',
  'quarantined',
  'audit',
] as const

export const foundForm = z.object({
  kind: z.enum(SEARCH_KINDS),
  id: z.string(),
  tenant: z.string().nullable().describe('The tenant of a subject, change or token'),
  iss: z.string().nullable().describe('The identity provider of a subject'),
  note: z.string().describe('The state or use of the thing, in a few words'),
})

export const searchForm = answerWith({
  items: z.array(foundForm).describe('The best first'),
  unanswered: z
    .array(z.enum(SEARCH_KINDS))
    .describe('Kinds that could not be searched: without a find, they can have one'),
})

/** A thing that a search finds. */
export type FoundJson = Wire<typeof foundForm>

/** The things that a text names. */
export type SearchAnswer = Wire<typeof searchForm>
