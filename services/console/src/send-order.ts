import { FreshetError } from '@freshet/domain'
import type { SendOrder } from './order-routes.ts'

const ANSWER_WITHIN_MS = 10_000

/** Hands orders on to the gateway at this URL. */
export function sendOrderTo(gateway: string): SendOrder {
  return async ({ path, body, token }) => {
    try {
      return await fetch(new URL(path, gateway), {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
    } catch (cause) {
      const message = 'The gateway did not answer; whether it carried the order out is not known.'
      throw new FreshetError('gateway.unavailable', message, { cause })
    }
  }
}
