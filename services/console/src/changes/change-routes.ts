import { answerForms as forms } from '@freshet/insight/answers'
import { FreshetError, OUTCOMES, subjectKeyEnd } from '@freshet/protocol'
import type { RecentQuestion } from '@freshet/insight'
import type { Hono } from 'hono'
import * as z from 'zod'
import { maySeePersons } from '../admission/admission.ts'
import type { ConsoleParts } from '../console-parts.ts'
import { recordShown, type ValueReads } from '../subjects/value-reads.ts'
import { addView } from '../view.ts'

const LIMIT = 50
const LIMIT_MAX = 100

const NAME_LENGTH_MAX = 256
const name = z.string().min(1).max(NAME_LENGTH_MAX)

/** The query of the list. */
export const changesQuery = z.strictObject({
  trace: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be a trace id: 32 hexadecimal digits, in lower case')
    .exactOptional(),
  tenant: name.exactOptional(),
  source: name.exactOptional(),
  subject: name.exactOptional(),
  outcome: z.enum(OUTCOMES).exactOptional(),
  since: z.iso.datetime({ offset: true }).exactOptional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT),
})

/** The parts that the routes of changes answer from. */
interface ChangeParts extends Pick<ConsoleParts, 'observatory' | 'probes'> {
  readonly reads: ValueReads
}

/** Adds the latest changes, those with an id, and what a change did to the tokens of its subject. */
export function addChangeRoutes(app: Hono, { observatory, probes, reads }: ChangeParts): void {
  addView(app, '/v1/changes', forms.Timelines, async (c) => {
    const { limit, ...asked } = readQuestion(c.req.query())
    // A list of the changes of one subject names it to a reader who must not see subjects.
    if (asked.subject !== undefined && !maySeePersons(c))
      throw new FreshetError('request.forbidden', 'A viewer cannot list the changes of a subject.')
    const items = await observatory.recent(questionOf(asked), limit)
    await recordShown(c, reads, { answer: 'changes', changes: items })
    return { items }
  })
  addView(app, '/v1/changes/:id', forms.Timelines, async (c) => {
    const changes = known(await observatory.change(c.req.param('id')))
    await recordShown(c, reads, { answer: 'change', changes })
    const items = changes.map((change) => {
      const probe = change.isProbe ? probes?.seenOf(change.id) : undefined
      return { ...change, ...(probe && { probe }) }
    })
    return { items }
  })
  addView(app, '/v1/changes/:id/tokens', forms.ChangeTokens, async (c) => ({
    items: known(await observatory.tokensOfChange(c.req.param('id'))),
  }))
}

function known<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length > 0) return items
  throw new FreshetError('request.not-found', 'No change of that id is known.')
}

function questionOf({
  trace,
  subject,
  since,
  ...named
}: Omit<z.infer<typeof changesQuery>, 'limit'>): RecentQuestion {
  return {
    ...named,
    ...(trace !== undefined && { traceId: trace }),
    ...(subject !== undefined && { subjectEnd: subjectKeyEnd(subject) }),
    ...(since !== undefined && { sinceMs: Date.parse(since) }),
  }
}

function readQuestion(query: Readonly<Record<string, string>>): z.infer<typeof changesQuery> {
  const read = changesQuery.safeParse(query)
  if (read.success) return read.data
  const message = 'The query is not valid for a list of changes.'
  throw new FreshetError('request.malformed', message, { cause: read.error })
}
