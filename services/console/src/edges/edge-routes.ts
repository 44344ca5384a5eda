import { answerForms as forms, type EdgeJson, type EdgeHistory } from '@freshet/insight/answers'
import { FreshetError } from '@freshet/protocol'
import { MINUTE_MS, minuteOf } from '@freshet/protocol/slo'
import { EDGES_PAGE_MAX, type EdgeMinute } from '@freshet/insight'
import type { Hono } from 'hono'
import * as z from 'zod'
import type { ConsoleParts } from '../console-parts.ts'
import { addView } from '../view.ts'
import { formatRfc3339 } from '@freshet/wire'

const MINUTE_S = 60
const NAME_LENGTH_MAX = 256

/** The query of the list. */
export const edgesQuery = z.strictObject({
  after: z.string().min(1).max(NAME_LENGTH_MAX).exactOptional(),
  standing: z
    .enum(['synced', 'lagging', 'stale', 'starting', 'disconnected', 'closed'])
    .exactOptional(),
  limit: z.coerce.number().int().min(1).max(EDGES_PAGE_MAX).default(EDGES_PAGE_MAX),
})

type EdgeRouteParts = Pick<ConsoleParts, 'observatory' | 'reader' | 'slis' | 'clock'>

/** Adds the state of edges, and the lag of edges and of recording. */
export function addEdgeRoutes(app: Hono, parts: EdgeRouteParts): void {
  const { observatory, reader, slis, clock } = parts
  addView(app, '/v1/edges', forms.Edges, async (c) => {
    const minuteMs = minuteOf(clock.nowMs()) - MINUTE_MS
    const page = await observatory.edgePage(readQuestion(c.req.query()), reader)
    const names = [...page.items, ...page.groups].map(({ edge }) => edge)
    const minutes = await slis.edgeMinutes([minuteMs], names)
    const last = new Map(minutes.map((each) => [each.edge, each]))
    const withRates = ({ partitions, ...edge }: EdgeJson): EdgeJson => {
      return { ...edge, rates: ratesOf(last.get(edge.edge)), partitions }
    }
    const { next, total, uncounted } = page
    const [items, groups] = [page.items.map(withRates), page.groups.map(withRates)]
    return { items, next, total, groups, uncounted }
  })
  addView(app, '/v1/lag', forms.Lag, () => observatory.lag(reader))
}

function ratesOf(minute: EdgeMinute | undefined): NonNullable<EdgeJson['rates']> | null {
  if (minute === undefined) return null
  const perSecond = (count: number): number => Math.round((count / MINUTE_S) * 1_000) / 1_000
  const { allows, denies, challenges, denied } = minute
  const rates = {
    allow: perSecond(allows),
    deny: perSecond(denies),
    challenge: perSecond(challenges),
  }
  if (denied === null) return rates
  const { stale, unverified, insufficient, other } = denied
  return {
    ...rates,
    denied: {
      stale: perSecond(stale),
      unverified: perSecond(unverified),
      insufficient: perSecond(insufficient),
      other: perSecond(other),
    },
  }
}

function readQuestion(query: Readonly<Record<string, string>>): z.infer<typeof edgesQuery> {
  const read = edgesQuery.safeParse(query)
  if (read.success) return read.data
  const message = 'The query is not valid for a list of edges.'
  throw new FreshetError('request.malformed', message, { cause: read.error })
}

/** Whole minutes before the one that is under way. */
const MINUTES = 60
const APPLIES_MAX = 10

/** Adds the recent states of one edge. An unknown edge has no states. */
export function addEdgeHistoryRoute(
  app: Hono,
  { observatory, slis, clock }: Pick<ConsoleParts, 'observatory' | 'slis' | 'clock'>,
): void {
  addView(app, '/v1/edges/:edge', forms.EdgeHistory, async (c) => {
    const edge = c.req.param('edge')
    if (edge.length > NAME_LENGTH_MAX)
      throw new FreshetError('request.malformed', 'The name of the edge is too long.')
    const lastMs = minuteOf(clock.nowMs())
    const wantedMs = Array.from(
      { length: MINUTES + 1 },
      (_, n) => lastMs - (MINUTES - n) * MINUTE_MS,
    )
    const [seen, applies] = await Promise.all([
      slis.edgeMinutes(wantedMs, [edge]),
      observatory.latestApplies(edge, APPLIES_MAX),
    ])
    if (seen.length === 0 && applies.length === 0)
      throw new FreshetError('request.not-found', 'No edge of that name has reported lately.')
    return { edge, minutes: minutesJson(wantedMs, seen), applies }
  })
}

function minutesJson(
  wantedMs: readonly number[],
  seen: readonly EdgeMinute[],
): EdgeHistory['minutes'] {
  const known = new Map(seen.map((minute) => [minute.minuteMs, minute]))
  return wantedMs.map((atMs) => {
    const { oldestMs = null, denied = null } = known.get(atMs) ?? {}
    const at = formatRfc3339(atMs)
    return { at, oldestViewMs: oldestMs, ...(denied === null ? {} : { denied }) }
  })
}
