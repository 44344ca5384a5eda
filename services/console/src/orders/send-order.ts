import { FreshetError } from '@freshet/protocol'
import type { Order, SendOrder } from './order-routes.ts'
import type { Vouch } from './vouch.ts'

const ANSWER_WITHIN_MS = 10_000
const METHOD = 'POST'

/** Hands orders on to the gateway at this URL; without `vouch` those of admins with a token alone. */
export function sendOrderTo(gateway: string, vouch?: Vouch): SendOrder {
  return async (order) => {
    const authorization = authorizationOf(order, vouch)
    const { path, body } = order
    try {
      return await fetch(new URL(path, gateway), {
        method: METHOD,
        body,
        headers: { authorization, 'content-type': 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
    } catch (cause) {
      const message =
        'The gateway did not answer. It is not known whether it carried out the order.'
      throw new FreshetError('gateway.unavailable', message, { cause })
    }
  }
}

function authorizationOf({ by, role, path, body }: Order, vouch: Vouch | undefined): string {
  if ('token' in by) return `Bearer ${by.token}`
  if (vouch !== undefined)
    return `Voucher ${vouch({ ...by, role }, { method: METHOD, path, body })}`
  const message =
    'This console cannot sign vouchers for users of the identity provider: set FRESHET_VOUCHER_KEYS_FILE, or log in by an admin’s token.'
  throw new FreshetError('request.forbidden', message)
}
