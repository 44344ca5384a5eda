import type { createApp } from '@freshet/runtime'
import { adminTokenHash, Attempts, createLogger, randomId, systemClock } from '@freshet/runtime'
import type { AuditEntry } from '@freshet/wire'
import { admission } from '../../services/console/src/admission/admission.ts'
import { hostGuard } from '../../services/console/src/admission/host-guard.ts'
import {
  addLoginRoute,
  addSessionRoutes,
} from '../../services/console/src/admission/session-routes.ts'
import { Sessions } from '../../services/console/src/admission/sessions.ts'
import { oidcRoles } from '../../services/console/src/login/oidc-settings.ts'
import { openIdProvider } from '../../services/console/src/login/openid-provider.ts'
import {
  addOpenIdRoutes,
  addProviderRoute,
} from '../../services/console/src/login/openid-routes.ts'
import { loginSeal } from '../../services/console/src/login/sealed-login.ts'
import { addOrderRoutes, type Order } from '../../services/console/src/orders/order-routes.ts'
import { CLIENT } from './lying-issuer.ts'
import { routesApp } from '../setup/routes-app.ts'

/** The address of the console for browsers. */
export const CONSOLE_URL = 'http://localhost:7075'

/** A console that lets an issuer log admins in. */
export interface LoginConsole {
  readonly app: ReturnType<typeof createApp>
  readonly audited: AuditEntry[]
  /** The person and the role of each order that was sent. */
  readonly ordered: Pick<Order, 'by' | 'role'>[]
  /** All lines that it logged. */
  readonly log: string[]
  /** Moves its clock on; the issuer's does not move. */
  later(ms: number): void
}

/** The login of the console, its sessions and its orders, without stores. */
export function consoleAt(issuer: string, { canVouch = true } = {}): LoginConsole {
  const audited: AuditEntry[] = []
  const ordered: LoginConsole['ordered'] = []
  const log: string[] = []
  let laterMs = 0
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + laterMs }
  const { nowMs } = clock
  const logger = createLogger('console', 'info', { write: (line) => void log.push(line) })
  const app = routesApp({
    logger,
    clock,
  })
  const settings = { issuer, ...CLIENT, scope: 'openid groups', publicUrl: CONSOLE_URL, nowMs }
  const roles = oidcRoles.parse('{"claim":"groups","viewer":["staff"],"operator":["sre"]}')
  const provider = openIdProvider({ ...settings, roles })
  const openId = { provider, roles, seal: loginSeal(new Uint8Array(32).fill(7), nowMs) }
  const audit = { append: async (entries: readonly AuditEntry[]) => void audited.push(...entries) }
  const parts = {
    admins: [{ name: 'ann', role: 'admin' as const, hash: adminTokenHash('token-of-ann') }],
    sessions: new Sessions({ nowMs, randomId }),
    attempts: new Attempts({ guessed: 'admin token', clock, logger, audit }),
    audit,
    clock,
    logger,
    canOrder: (by: 'token' | 'person') => by === 'token' || canVouch,
    openId,
    endUrl: async () => (await provider.endUrl())?.href,
  }
  app.use(hostGuard(CONSOLE_URL))
  addLoginRoute(app, parts)
  addOpenIdRoutes(app, parts)
  app.use('/v1/*', admission(parts))
  addSessionRoutes(app, parts)
  addProviderRoute(app, parts)
  addOrderRoutes(app, async ({ by, role }) => {
    ordered.push({ by, role })
    return Response.json({ result: 'sent' })
  })
  return { app, audited, ordered, log, later: (ms) => void (laterMs += ms) }
}
