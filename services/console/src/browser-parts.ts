import { randomId, systemClock } from '@freshet/runtime'
import { Sessions } from './admission/sessions.ts'
import type { ConsoleConfig } from './config.ts'
import type { ConsoleParts } from './console-parts.ts'
import { sendOrderTo } from './send-order.ts'

/** What the routes need for browsers, of the configuration. */
export function browserParts({
  admins,
  publicUrl,
  gateway,
}: ConsoleConfig): Pick<
  ConsoleParts,
  'admins' | 'sessions' | 'isSecure' | 'publicUrl' | 'sendOrder'
> {
  const sessions = new Sessions({ nowMs: () => systemClock.nowMs(), randomId })
  return {
    admins,
    sessions,
    isSecure: publicUrl?.startsWith('https:') ?? false,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(gateway !== undefined && { sendOrder: sendOrderTo(gateway) }),
  }
}
