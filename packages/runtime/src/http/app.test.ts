import { FreshetError } from '@freshet/protocol'
import { expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { systemClock } from '../system-clock.ts'
import { createBareApp } from './app.ts'

/** Returns the label of a request to an application with guards, routes, and a part after the routes. */
async function routeOf(path: string, refuses = false): Promise<string | undefined> {
  const routes: string[] = []
  const app = createBareApp({
    logger: createLogger('test', 'silent'),
    clock: systemClock,
    onAnswer: ({ route }) => void routes.push(route),
  })
  app.use('/v1/*', (_, next) => {
    if (refuses) throw new FreshetError('request.unauthenticated', 'No.')
    return next()
  })
  app.get('/v1/edges/:id', (c) => c.text('an edge'))
  app.all('/authz/generic', (c) => c.text('any method'))
  app.use((_, next) => next())
  await app.request(path)
  return routes[0]
}

it.each([
  ['/v1/edges/sidecar', '/v1/edges/:id'],
  ['/authz/generic', '/authz/generic'],
  ['/v1/nothing', '/*'],
  ['/nothing/at/all', '/*'],
])('the label of %s is the pattern %s', async (path, pattern) => {
  expect(await routeOf(path)).toBe(pattern)
})

it('a request that a guard refuses has the label of the route behind it', async () => {
  expect(await routeOf('/v1/edges/sidecar', true)).toBe('/v1/edges/:id')
  expect(await routeOf('/v1/nothing', true)).toBe('/*')
})
