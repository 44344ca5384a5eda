import { partitionOf } from '@freshet/protocol'
import { AMY, hrChange } from '@freshet/testkit'
import type { GatewayWorld } from '../../gateway/gateway-world.ts'
import type { Sample } from '../mutation/attacked-service.ts'
import {
  bearerOf,
  jsonOf,
  pathOf,
  requestOf,
  type HostileAnswer,
  type HostileRequest,
} from '../mutation/request.ts'

/** Returns an operator's orders for quarantined records, each for a different one. */
export function quarantinedSamples(
  world: GatewayWorld,
  operator: Readonly<Record<string, string>>,
  next: () => bigint,
): readonly Sample[] {
  const quarantine = (): string => world.quarantine(hrChange(next()))
  const doubted = (): string => {
    const id = quarantine()
    const { e, offset } = world.database.quarantine.get(id)?.first ?? { e: 1n, offset: 0n }
    const place = { e, partition: partitionOf(AMY), offset }
    const doubt = { subject: AMY, claim: 'groups', ...place, raised: true, settled: false }
    world.database.doubts.set(id, doubt)
    return id
  }
  const sample = (verb: string, reason: string, id: () => string): Sample => ({
    name: verb,
    route: `POST /v1/quarantine/:id/${verb}`,
    make: () => requestOf('POST', `/v1/quarantine/${id()}/${verb}`, operator, { reason }),
  })
  return [
    sample('replay', 'key published', quarantine),
    sample('drop', 'a test', quarantine),
    sample('clear', 'a test', doubted),
  ]
}

/** Checks that an operator gave the order, with a reason if one is needed, and not as a dry run. */
export function judgeQuarantined(
  request: HostileRequest,
  operator: string,
  { status, body, hasChanged }: Pick<HostileAnswer, 'status' | 'body'> & { hasChanged: boolean },
): string | undefined {
  if (status >= 300 && hasChanged) return `changed a parked record and answered ${status}`
  if (status >= 300 || request.method !== 'POST') return undefined
  if (bearerOf(request) !== operator) return `touched a parked record for nobody: ${body}`
  if (request.path.includes('dryRun=true') && hasChanged) return 'a dry run changed state'
  const { reason } = Object(jsonOf(request)) as Record<string, unknown>
  if (!/\/(drop|clear)$/.test(pathOf(request))) return undefined
  return typeof reason === 'string' && reason !== ''
    ? undefined
    : `dropped or cleared for no reason: ${body}`
}
