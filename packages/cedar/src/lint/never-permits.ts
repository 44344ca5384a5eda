import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import { finding, type Finding } from '@freshet/registry/lint'
import { pointerOf } from '@freshet/wire'
import type { PolicyFiles } from '@freshet/registry'
import { appliesTo } from '../compile/applies-to-route.ts'
import { textsOf } from '../policy-texts.ts'
import { splitFiles } from '../compile/split-policies.ts'

/** @internal Routes that nobody could pass, whatever the request. */
export function neverPermits(
  files: PolicyFiles,
  { actions }: SchemaJson<string>[string],
): readonly Finding[] {
  const { routes } = textsOf(files)
  const of = splitFiles(routes)
  return routes.flatMap((route) => {
    const permits = of(route).filter(({ json }) => json.effect === 'permit')
    if (permits.some(({ json }) => appliesTo(json, route, actions))) return []
    const place = pointerOf(['audiences', route.audience, 'routes', route.route, 'policies'])
    const message = `no policy here permits ${route.route} of ${route.audience}, so nobody could pass`
    const fix = `write a permit for Action::"${route.route}"`
    return [finding('policy.never-permits', place, { message, fix })]
  })
}
