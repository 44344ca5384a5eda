import type { HealthAnswer } from '@freshet/insight/answers'
import type { Clock } from '@freshet/protocol'
import type { Hono } from 'hono'
import { API_VERSION, type ConsoleParts } from '../console-parts.ts'

/** The parts that the verdict is answered from. */
interface HealthRouteParts extends Pick<ConsoleParts, 'health' | 'observatory' | 'loaded'> {
  readonly clock: Clock
}

/** Adds the one verdict. It is answered from memory, so it does not wait for a store. */
export function addHealthRoute(
  app: Hono,
  { health, clock, observatory, loaded }: HealthRouteParts,
): void {
  app.get('/v1/health', (c) => {
    const { registry } = loaded()
    const refused = [...observatory.refusedNow(registry)]
    const observed = [...observatory.observedRequests(registry)]
    const answer = { apiVersion: API_VERSION, ...health.at(clock.nowMs()), refused, observed }
    return c.json(answer satisfies HealthAnswer)
  })
}
