import { answerForms as forms, type FoundJson } from '@freshet/insight/answers'
import { FreshetError } from '@freshet/protocol'
import type { Hono } from 'hono'
import * as z from 'zod'
import { maySeePersons } from '../admission/admission.ts'
import { addView } from '../view.ts'
import { bestFound, matching, namesOf, type NamedThing } from './found-names.ts'
import { recordsNamed, type Lookup, type SearchParts } from './found-records.ts'

const TEXT_LENGTH_MAX = 256
const LIMIT = 20
const LIMIT_MAX = 50

/** The query of a search. */
export const searchQuery = z.strictObject({
  q: z.string().trim().min(1).max(TEXT_LENGTH_MAX),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT),
})

/**
 * Adds the search. Names of the registry and of edges match by a part of them, and records by the beginning of their id.
 * A part that does not answer is reported, so that no find never means more than it does.
 */
export function addSearchRoute(app: Hono, parts: SearchParts): void {
  addView(app, '/v1/search', forms.Search, async (c) => {
    const { q, limit } = readQuestion(c.req.query())
    const lookups: readonly Lookup[] = [
      ['edge', edgesNamed(q, parts, limit)],
      ...recordsNamed(q, parts, maySeePersons(c)),
    ]
    const settled = await Promise.all(lookups.map(settle))
    const named = matching(namesOf(parts.loaded().registry), q, limit)
    return {
      items: bestFound([...named, ...settled.flatMap(({ items }) => items)], q, limit),
      unanswered: settled.flatMap(({ unanswered }) => unanswered),
    }
  })
}

async function edgesNamed(
  text: string,
  { observatory }: SearchParts,
  limit: number,
): Promise<readonly FoundJson[]> {
  const edges = await observatory.edges()
  const names = edges
    .filter((edge) => edge.edges === undefined)
    .map(({ edge, standing }): NamedThing => ({
      kind: 'edge',
      id: edge,
      note: `edge, ${standing}`,
    }))
  return matching(names, text, limit)
}

interface Settled {
  readonly items: readonly FoundJson[]
  readonly unanswered: readonly FoundJson['kind'][]
}

async function settle([kind, found]: Lookup): Promise<Settled> {
  return found.then(
    (items) => ({ items, unanswered: [] }),
    () => ({ items: [], unanswered: [kind] }),
  )
}

function readQuestion(query: Readonly<Record<string, string>>): z.infer<typeof searchQuery> {
  const read = searchQuery.safeParse(query)
  if (read.success) return read.data
  const message = `A search needs q, a text of at most ${TEXT_LENGTH_MAX} characters.`
  throw new FreshetError('request.malformed', message, { cause: read.error })
}
