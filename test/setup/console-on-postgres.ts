import { createObservatory, HealthWatch } from '@freshet/insight'
import { postgresObservatoryStore, postgresSliStore, postgresVersionStore } from '@freshet/postgres'
import { adminTokenHash, createLogger, randomId } from '@freshet/runtime'
import { acmeRegistry } from '@freshet/testkit'
import type { Timer } from '@freshet/wire'
import { Sessions } from '../../services/console/src/admission/sessions.ts'
import type { ConsoleParts } from '../../services/console/src/console-parts.ts'
import { addOpenApi } from '../../services/console/src/openapi.ts'
import { addConsoleRoutes } from '../../services/console/src/routes.ts'
import { storeParts } from '../../services/console/src/store-parts.ts'
import { StreamHub } from '../../services/console/src/stream/stream-hub.ts'
import { conforming } from './conforming-app.ts'
import type { FreshDatabase } from './database.ts'
import { routesApp } from './routes-app.ts'

/** The roles of admins. The token of each admin is its role. */
export const CONSOLE_ROLES = ['viewer', 'operator', 'admin'] as const
type Role = (typeof CONSOLE_ROLES)[number]

/** The stores of a console over a database, as the service opens them. */
export function consoleStores({ system, url }: Pick<FreshDatabase, 'system' | 'url'>) {
  return storeParts(system, { brokers: [], kafkaTls: true, databaseUrl: url })
}

/** An answer of the console. */
export interface ConsoleAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** The routes of a console over a database. Every answer is compared with the OpenAPI document. */
export interface ConsoleUnderTest {
  readonly app: ReturnType<typeof routesApp>
  readonly ask: (path: string, role?: Role | '', init?: RequestInit) => Promise<ConsoleAnswer>
}

/** Opens the routes over a database without Kafka. The registry is acme’s, unless `more` has another. */
export function consoleOn(
  database: FreshDatabase,
  clock: Timer,
  more: Partial<ConsoleParts> = {},
): ConsoleUnderTest {
  const app = routesApp({ clock })
  conforming(app, addOpenApi)
  const stores = consoleStores(database)
  const loaded = { registry: acmeRegistry(), hash: 'h' }
  addConsoleRoutes(app, {
    ...stores,
    observatory: createObservatory({
      store: postgresObservatoryStore(database.system, clock),
      clock,
    }),
    health: new HealthWatch(clock.nowMs()),
    slis: postgresSliStore(database.system),
    slos: [],
    clock,
    reader: { bounds: async () => [], read: async () => [] },
    logger: createLogger('console', 'silent'),
    judging: { ledger: stores.subjects, clock, issuer: 'https://tokens' },
    loaded: () => loaded,
    history: postgresVersionStore(database.system),
    tokenKeys: async () => [],
    hub: new StreamHub('test'),
    sessions: new Sessions({ nowMs: () => clock.nowMs(), randomId }),
    admins: CONSOLE_ROLES.map((role) => ({ name: role, role, hash: adminTokenHash(role) })),
    ...more,
  })
  return {
    app,
    async ask(path, role = 'viewer', init = {}) {
      const headers = { authorization: `Bearer ${role}` }
      const response = await app.request(path, { headers, ...init })
      return { status: response.status, body: (await response.json()) as ConsoleAnswer['body'] }
    },
  }
}
