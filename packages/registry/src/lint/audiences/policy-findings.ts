import { finding, type Finding } from '../finding.ts'
import type { ReadableRegistry } from '../readable-registry.ts'
import { repeats } from '../reference-findings.ts'
import type { PlacedRoute } from './placed-route.ts'

/** @internal What is wrong with the policies that a route names, whatever stands in their files. */
export function routePolicyFindings({ registry, route, place }: PlacedRoute): readonly Finding[] {
  if (route.policies.length === 0) return []
  const at = `${place}/policies`
  return [
    ...(registry.policySchema === undefined ? [noSchema(at)] : []),
    ...(route.risk === 'high' ? [] : [notHighRisk(at)]),
    ...repeats(route.policies, at),
  ]
}

/** @internal A schema that nothing is checked against; unknown where an audience cannot be read. */
export function unusedSchemaFindings(registry: ReadableRegistry): readonly Finding[] {
  const { policySchema, audiences, declared } = registry
  if (policySchema === undefined || declared.audiences?.size !== audiences.size) return []
  const routes = [...audiences.values()].flatMap((audience) => [...audience.routes.values()])
  if (routes.some(({ policies }) => policies.length > 0)) return []
  const message = 'no route names a policy that the schema is for'
  const fix = 'leave policySchema out, or name policies in a route'
  return [finding('policy.schema-unused', '/policySchema', { message, fix })]
}

function noSchema(place: string): Finding {
  const message = 'names policies, and no schema is named that they are checked against'
  return finding('policy.no-schema', place, { message, fix: 'add policySchema to the file' })
}

function notHighRisk(place: string): Finding {
  const message = 'names policies, and nobody would evaluate them: the route is of normal risk'
  return finding('policy.not-high-risk', place, { message, fix: 'write risk: high' })
}
