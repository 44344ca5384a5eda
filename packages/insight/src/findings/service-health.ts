import { ALERT_LIMITS } from '../slo/alerts.ts'
import type { FindingRule, ServiceCheck, Weight } from './finding-rule.ts'
import { spanOf } from './words.ts'

/** The meaning of each kind of service that does not answer. An edge can be called as its operator likes. */
const KINDS: Readonly<Record<string, { readonly weight: Weight; readonly effect: string }>> = {
  gateway: {
    weight: 'not-fresh',
    effect: 'no source can report a change over HTTP, and sources become silent',
  },
  reconciler: {
    weight: 'not-fresh',
    effect: 'no change takes effect, and every edge withdraws its trust within the lease',
  },
  authority: {
    weight: 'degraded',
    effect: 'no token is minted; tokens in use are judged as before',
  },
}
const OTHER = {
  weight: 'degraded',
  effect: 'nothing is judged there, so requests fail or are refused',
} as const
const REPLACED = {
  weight: 'degraded',
  effect: 'another process does its work, with less reserve',
} as const

/** Returns the kind of a service: `sidecar` of `sidecar:2`. */
export function serviceKindOf(service: string): string {
  return service.split(':', 1)[0] ?? service
}

/** Findings about processes, the database and clocks. */
export const serviceHealth: Readonly<
  Record<'databaseAway' | 'serviceDown' | 'serviceNotReady' | 'clockOff', FindingRule>
> = {
  databaseAway: {
    alert: null,
    weight: 'unknown',
    effect: 'the console knows nothing newer; minting and recording need the same database',
    find: ({ blind }) => {
      if (blind === undefined) return []
      const { since, code } = blind
      const object = code.startsWith('database.') ? 'database' : 'console'
      const what = `The console cannot read its figures since ${since} (${code})`
      const remedy = 'check that Postgres runs and that DATABASE_URL reaches it: `freshet doctor`'
      return [{ object, what, since, remedy, code }]
    },
  },
  serviceDown: {
    alert: 'serviceDown',
    weight: 'degraded',
    effect: OTHER.effect,
    find: findServices('no-answer', () => 'does not answer'),
  },
  serviceNotReady: {
    alert: null,
    weight: 'degraded',
    effect: OTHER.effect,
    find: findServices('not-ready', ({ reason = 'no reason' }) => `is not ready: ${reason}`),
  },
  clockOff: {
    alert: 'clockSkew',
    weight: 'degraded',
    effect:
      'latencies of its changes are wrong, and its heartbeats count as older or newer than they are',
    find: ({ skews = [] }) =>
      skews
        .filter(({ skewMs }) => Math.abs(skewMs) > ALERT_LIMITS.skewMs)
        .map(({ source: object, skewMs }) => {
          const way = skewMs < 0 ? 'ahead' : 'behind'
          const what = `The clock of ${object} is ${spanOf(Math.abs(skewMs))} ${way}`
          return { object, what, remedy: `synchronise the clock of ${object} by NTP` }
        }),
  },
}

function findServices(
  meant: ServiceCheck['state'],
  whatOf: (check: ServiceCheck) => string,
): FindingRule['find'] {
  return ({ services = [] }) =>
    services
      .filter(({ state }) => state === meant)
      .map((check) => {
        const { service: object, since } = check
        const meaning = isReplaced(services, object)
          ? REPLACED
          : (KINDS[serviceKindOf(object)] ?? OTHER)
        const remedy = `run \`freshet doctor\`, and read the last lines of the log of ${object}`
        return { object, what: `${object} ${whatOf(check)}`, since, remedy, ...meaning }
      })
}

/** Returns whether another process of the same kind is ready. An edge is no other for the requests to it. */
function isReplaced(services: readonly ServiceCheck[], service: string): boolean {
  const kind = serviceKindOf(service)
  if (KINDS[kind] === undefined) return false
  return services.some((each) => serviceKindOf(each.service) === kind && each.state === 'ready')
}
