import { answerForms as forms } from '@freshet/insight/answers'
import type { Clock } from '@freshet/protocol'
import type { Hono } from 'hono'
import type { ConsoleParts } from '../console-parts.ts'
import { addView } from '../view.ts'

/** The parts that the verdict is answered from. */
interface HealthRouteParts extends Pick<ConsoleParts, 'health' | 'observatory' | 'loaded'> {
  readonly clock: Clock
}

/** Adds the one verdict. It is answered from memory, so it does not wait for a store. */
export function addHealthRoute(
  app: Hono,
  { health, clock, observatory, loaded }: HealthRouteParts,
): void {
  addView(app, '/v1/health', forms.Health, () => {
    const { registry } = loaded()
    const refused = [...observatory.refusedNow(registry)]
    const observed = [...observatory.observedRequests(registry)]
    return { ...health.at(clock.nowMs()), refused, observed }
  })
}
