import { answerForms as forms, type EdgeHistory } from '@freshet/insight/answers'
import { MINUTE_MS, minuteOf } from '@freshet/protocol/slo'
import { FreshetError } from '@freshet/protocol'
import type { EdgeMinute } from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'
import type { Hono } from 'hono'
import type { ConsoleParts } from '../console-parts.ts'
import { addView } from '../view.ts'

/** Whole minutes before the one that is under way. */
const MINUTES = 60
const APPLIES_MAX = 10
const NAME_LENGTH_MAX = 256

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
