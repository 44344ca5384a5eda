import { randomBytes } from 'node:crypto'
import { randomId, systemClock } from '@freshet/runtime'
import { Sessions } from './admission/sessions.ts'
import type { ConsoleConfig } from './config.ts'
import type { ConsoleParts } from './console-parts.ts'
import { openIdProvider, type OpenIdParts } from './login/openid-provider.ts'
import type { OpenIdLogin } from './login/openid-routes.ts'
import { loginSeal } from './login/sealed-login.ts'
import { sendOrderTo } from './orders/send-order.ts'
import { vouchBy, type VouchParts } from './orders/vouch.ts'

/**
 * The parts of the configuration that the routes need for browsers, and the keys by which the console vouches
 * for people.
 */
export function browserParts(
  { admins, publicUrl, gateway, oidc, name }: ConsoleConfig,
  keys?: VouchParts['keys'],
): Pick<
  ConsoleParts,
  'admins' | 'sessions' | 'isSecure' | 'publicUrl' | 'sendOrder' | 'canVouch' | 'openId'
> {
  const nowMs = (): number => systemClock.nowMs()
  const sessions = new Sessions({ nowMs, randomId })
  return {
    admins,
    sessions,
    isSecure: publicUrl?.startsWith('https:') ?? false,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(oidc !== undefined &&
      publicUrl !== undefined && { openId: openIdLogin({ ...oidc, publicUrl, nowMs }) }),
    ...(gateway !== undefined && ordersTo(gateway, keys && { console: name, keys })),
  }
}

function ordersTo(
  gateway: string,
  by: Pick<VouchParts, 'console' | 'keys'> | undefined,
): Pick<ConsoleParts, 'sendOrder' | 'canVouch'> {
  const vouch = by && vouchBy({ ...by, audience: gateway, clock: systemClock, randomId })
  return { sendOrder: sendOrderTo(gateway, vouch), canVouch: vouch !== undefined }
}

const SEAL_KEY_BYTES = 32

/** The key ends with the process, as sessions do. */
function openIdLogin(parts: OpenIdParts): OpenIdLogin {
  const seal = loginSeal(randomBytes(SEAL_KEY_BYTES), parts.nowMs)
  return { provider: openIdProvider(parts), roles: parts.roles, seal }
}
