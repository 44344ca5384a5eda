import type { EdgeHistory } from '@freshet/insight/answers'
import { MINUTE_MS, minuteOf } from '@freshet/protocol/slo'
import { FreshetError } from '@freshet/protocol'
import type { EdgeMinute } from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'
import type { Hono } from 'hono'
import { API_VERSION, type ConsoleParts } from '../console-parts.ts'

/** Whole minutes before the one that is under way. */
const MINUTES = 60
const APPLIES_MAX = 10
const NAME_LENGTH_MAX = 256

/** Adds the recent states of one edge. An unknown edge has no states. */
export function addEdgeHistoryRoute(
  app: Hono,
  { observatory, slis, clock }: Pick<ConsoleParts, 'observatory' | 'slis' | 'clock'>,
): void {
  app.get('/v1/edges/:edge', async (c) => {
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
    const minutes = minutesJson(wantedMs, seen)
    const history = { apiVersion: API_VERSION, edge, minutes, applies }
    return c.json(history satisfies EdgeHistory)
  })
}

function minutesJson(
  wantedMs: readonly number[],
  seen: readonly EdgeMinute[],
): EdgeHistory['minutes'] {
  const known = new Map(seen.map((minute) => [minute.minuteMs, minute]))
  return wantedMs.map((atMs) => {
    const { oldestMs = null, denied } = known.get(atMs) ?? {}
    const at = formatRfc3339(atMs)
    return { at, oldestViewMs: oldestMs, ...(denied === undefined ? {} : { denied }) }
  })
}
