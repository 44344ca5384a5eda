import { MINUTE_MS, minuteOf } from '@freshet/domain/slo'
import type { EdgeMinute } from '@freshet/observatory'
import type { Hono } from 'hono'
import { API_VERSION, type ConsoleParts } from './console-parts.ts'
import { edgeWithLagJson, lagJson, type EdgeRates } from './lag-json.ts'

const MINUTE_S = 60

type EdgeRouteParts = Pick<ConsoleParts, 'observatory' | 'reader' | 'slis' | 'clock'>

/** Adds what is told of edges, and of how far they and recording are behind. */
export function addEdgeRoutes(app: Hono, parts: EdgeRouteParts): void {
  const { observatory, reader, slis, clock } = parts
  app.get('/v1/edges', async (c) => {
    const minuteMs = minuteOf(clock.nowMs()) - MINUTE_MS
    const [edges, lag, minutes] = await Promise.all([
      observatory.edges(),
      observatory.lag(reader),
      slis.edgeMinutes(minuteMs),
    ])
    const last = minutes.filter((each) => each.minuteMs === minuteMs)
    const items = edges.map((edge) => {
      const own = lag.edges.filter((each) => each.edge === edge.edge)
      return edgeWithLagJson(edge, own, ratesOf(last.find((each) => each.edge === edge.edge)))
    })
    return c.json({ apiVersion: API_VERSION, items })
  })
  app.get('/v1/lag', async (c) => {
    const lag = await observatory.lag(reader)
    return c.json({ apiVersion: API_VERSION, ...lagJson(lag) })
  })
}

function ratesOf(minute: EdgeMinute | undefined): EdgeRates | null {
  if (minute === undefined) return null
  const perSecond = (count: number): number => Math.round((count / MINUTE_S) * 1_000) / 1_000
  const { allows, denies, challenges } = minute
  return { allow: perSecond(allows), deny: perSecond(denies), challenge: perSecond(challenges) }
}
