import type { ChangesAnswer, ChangeTokens } from '@freshet/insight/answers'
import { FreshetError, OUTCOMES, subjectKeyEnd } from '@freshet/protocol'
import {
  effectOn,
  type ExplainedChange,
  type LedgerEntry,
  type LoggedChange,
  type RecentQuestion,
} from '@freshet/insight'
import type { Hono } from 'hono'
import * as z from 'zod'
import { maySeePersons } from '../admission/admission.ts'
import { API_VERSION, type ConsoleParts } from '../console-parts.ts'
import { recordShown, type ValueReads } from '../subjects/value-reads.ts'
import { ledgerTokenJson, timelineJson } from '../wire.ts'

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
  app.get('/v1/changes', async (c) => {
    const { limit, ...asked } = readQuestion(c.req.query())
    // A list of the changes of one subject names it to a reader who must not see subjects.
    if (asked.subject !== undefined && !maySeePersons(c))
      throw new FreshetError('request.forbidden', 'A viewer cannot list the changes of a subject.')
    const found = await observatory.recent(questionOf(asked), limit)
    await recordShown(c, reads, { answer: 'changes', changes: found.map(({ change }) => change) })
    const sight = { persons: maySeePersons(c) }
    const items = found.map((timeline) => timelineJson(timeline, sight))
    return c.json({ apiVersion: API_VERSION, items } satisfies ChangesAnswer)
  })
  const knownChange = async (id: string): Promise<readonly ExplainedChange[]> => {
    const timelines = await observatory.change(id)
    if (timelines.length > 0) return timelines
    throw new FreshetError('request.not-found', 'No change of that id is known.')
  }
  app.get('/v1/changes/:id', async (c) => {
    const timelines = await knownChange(c.req.param('id'))
    const changes = timelines.map(({ change }) => change)
    await recordShown(c, reads, { answer: 'change', changes })
    const sight = { persons: maySeePersons(c) }
    const items = timelines.map((each) => {
      const way = timelineJson(each, sight)
      const probe = way.isProbe ? probes?.seenOf(way.id) : undefined
      return { ...way, ...(probe && { probe }) }
    })
    return c.json({ apiVersion: API_VERSION, items } satisfies ChangesAnswer)
  })
  app.get('/v1/changes/:id/tokens', async (c) => {
    const timelines = await knownChange(c.req.param('id'))
    const items = await Promise.all(
      timelines.map(async ({ change }) => {
        const { subject } = change
        const tokens = subject === null ? [] : (await observatory.subject(subject)).tokens
        return { tenant: change.tenant, source: change.source, ...effectsJson(change, tokens) }
      }),
    )
    return c.json({ apiVersion: API_VERSION, items } satisfies ChangeTokens)
  })
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

/** `isOfSubject: false`: the change concerns many subjects, whose tokens are not listed here. */
function effectsJson(
  change: LoggedChange,
  tokens: readonly LedgerEntry[],
): Pick<ChangeTokens['items'][number], 'isOfSubject' | 'tokensMarked' | 'tokens'> {
  return {
    isOfSubject: change.subject !== null,
    tokensMarked: change.tokensMarked,
    tokens: tokens.map((token) => ({ ...ledgerTokenJson(token), effect: effectOn(token, change) })),
  }
}

function readQuestion(query: Readonly<Record<string, string>>): z.infer<typeof changesQuery> {
  const read = changesQuery.safeParse(query)
  if (read.success) return read.data
  const message = 'The query is not valid for a list of changes.'
  throw new FreshetError('request.malformed', message, { cause: read.error })
}
