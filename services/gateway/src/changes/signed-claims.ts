import { FreshetError } from '@freshet/protocol'
import { EVENT_AHEAD_MAX_MS } from '@freshet/intake'
import { EventError } from '@freshet/wire'

/**
 * Checks the members `aud` and `iat` of a signed body, where it has them. `aud` must name this gateway, so a
 * body for another environment has no effect here. `iat` is at most a day ahead. It can be of any age, because
 * a sender can retry for days, and a removal that arrives late must still have its effect.
 *
 * @throws `event.unauthentic`, `event.malformed`
 */
export function requireForGateway(
  { aud, iat }: Readonly<Record<string, unknown>>,
  at: { readonly audience: string; readonly nowMs: number },
): void {
  if (aud !== undefined && ![aud].flat().includes(at.audience)) {
    throw new FreshetError('event.unauthentic', 'the JWS of the source is for another audience')
  }
  if (typeof iat !== 'number' || iat * 1_000 <= at.nowMs + EVENT_AHEAD_MAX_MS) return
  const rule = "must not be more than a day ahead of the gateway's clock"
  throw new EventError([{ pointer: '/iat', rule }])
}
