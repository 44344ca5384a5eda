import type { HealthWatch } from '@freshet/insight'
import type { HealthAnswer } from '@freshet/insight/answers'
import type { Clock } from '@freshet/protocol'
import type { Hono } from 'hono'
import { API_VERSION } from '../console-parts.ts'

/** Adds the one verdict. It is answered from memory, so it does not wait for a store. */
export function addHealthRoute(
  app: Hono,
  { health, clock }: { readonly health: Pick<HealthWatch, 'at'>; readonly clock: Clock },
): void {
  app.get('/v1/health', (c) =>
    c.json({ apiVersion: API_VERSION, ...health.at(clock.nowMs()) } satisfies HealthAnswer),
  )
}
