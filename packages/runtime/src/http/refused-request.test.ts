import { FreshetError } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createBareApp } from './app.ts'
import { createLogger } from '../logger.ts'
import { noteRefusal, refusalsTo } from './refused-request.ts'

let logged: string[]
let counted: (readonly [code: string, route: string])[]
beforeEach(() => {
  logged = []
  counted = []
})

/** An application that logs at this level. */
function appAt(level: 'debug' | 'info'): ReturnType<typeof createBareApp> {
  const logger = createLogger('test', level, { write: (line: string) => logged.push(line) })
  const onRefusal = refusalsTo(logger, (...refused) => void counted.push(refused))
  const app = createBareApp({ logger, clock: new ManualClock(), onRefusal })
  app.get('/items/:id', () => {
    throw new FreshetError('request.not-found', 'No item of that id is known.')
  })
  app.get('/many', (c) => {
    const conflict = { code: 'event.conflict', detail: 'Another content.' } as const
    noteRefusal(c, conflict, { code: 'event.unmapped', detail: 'No such claim.' })
    return c.json([])
  })
  app.get('/fine', (c) => c.json({}))
  return app
}

describe('a refusal', () => {
  it('is counted once by its code and route, and logged once at debug', async () => {
    expect((await appAt('debug').request('/items/7')).status).toBe(404)
    const refused = { code: 'request.not-found', route: '/items/:id', method: 'GET' }
    expect(counted).toEqual([[refused.code, refused.route]])
    expect(logged.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({
        ...refused,
        level: 20,
        detail: 'No item of that id is known.',
        msg: 'request refused',
      }),
    ])
  })

  it('of each part of a request is counted', async () => {
    await appAt('debug').request('/many')
    expect(counted.map(([code]) => code)).toEqual(['event.conflict', 'event.unmapped'])
    expect(logged).toHaveLength(2)
  })

  it('is counted also where debug lines are not logged', async () => {
    await appAt('info').request('/nowhere')
    expect(counted.map(([code]) => code)).toEqual(['request.not-found'])
    expect(logged).toEqual([])
  })

  it('control: a request that is not refused is neither counted nor logged', async () => {
    await appAt('debug').request('/fine')
    expect([...counted, ...logged]).toEqual([])
  })
})
