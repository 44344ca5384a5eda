import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../requests/corpus.ts'
import { differences, TARGETS } from './targets.ts'

/** Returns the part of an OpenAPI document that has these routes. */
function published(routes: readonly string[]) {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const [method = '', path = ''] = route.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: {} }
  }
  return { paths }
}

describe('the doors of the scenario hostile', () => {
  it.each(Object.entries(OPERATIONS))(
    'have every route of the %s, each in one door',
    (service, routes) => {
      expect(differences(service, published(Object.keys(routes)))).toEqual([])
      const own = TARGETS.filter((target) => target.service === service).flatMap(
        (target) => target.routes,
      )
      expect(own).toHaveLength(new Set(own).size)
    },
  )

  it('control: miss a route that is new, and one that is gone', () => {
    const [, ...fewer] = Object.keys(OPERATIONS['gateway'] ?? {})
    expect(differences('gateway', published([...fewer, 'POST /v1/new']))).toEqual([
      'gateway POST /v1/new has no door',
      'gateway does not publish GET /livez',
    ])
  })
})
