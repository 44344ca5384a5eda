import type { Registry } from '@freshet/protocol'
import { acmeRegistry } from '@freshet/testkit'
import type { Sample } from '../mutation/attacked-service.ts'
import { bearerOf, jsonOf, requestOf, type HostileRequest } from '../mutation/request.ts'

const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }

/** A registry that lets routes of an audience be opened. */
export const OPENABLE: Registry = acmeRegistry({
  breakGlassMaxMs: 3_600_000,
  audiences: new Map([['payments', payments]]),
})

/** Returns orders of an admin to open and to close, each a different one. */
export function grantSamples(headers: Readonly<Record<string, string>>): readonly Sample[] {
  let ids = 0
  const order = { tenant: 'acme', reason: 'a test' }
  return [
    {
      name: 'opening',
      route: 'POST /v1/openings',
      make: () => {
        const what = { audience: 'payments', claim: 'groups', for: '30m' }
        const body = { ...order, ...what, route: `GET /${(ids += 1)}` }
        return requestOf('POST', '/v1/openings', headers, body)
      },
    },
    {
      name: 'closing',
      route: 'POST /v1/openings/:id/close',
      make: () => requestOf('POST', `/v1/openings/open-${(ids += 1)}/close`, headers, order),
    },
  ]
}

/** Checks that an admin gave the order, with a reason, and not as a dry run. */
export function judgeGrant(
  request: HostileRequest,
  admin: string,
  { body, hasChanged }: { readonly body: string; readonly hasChanged: boolean },
): string | undefined {
  if (bearerOf(request) !== admin) return `opened or closed for nobody: ${body}`
  if (request.path.includes('dryRun=true') && hasChanged) return 'a dry run changed state'
  const { tenant, reason } = Object(jsonOf(request)) as Record<string, unknown>
  const isOrder = tenant === 'acme' && typeof reason === 'string' && reason !== ''
  return isOrder ? undefined : `opened or closed without an order: ${body}`
}
