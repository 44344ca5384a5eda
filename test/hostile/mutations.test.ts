import { describe, expect, it } from 'vitest'
import { authorityDoor } from './doors/authority-door.ts'
import { consoleDoor } from './doors/console-door.ts'
import { gatewayDeps } from './doors/gateway-door.ts'
import { sidecarDoor } from './doors/sidecar-door.ts'
import type { Door } from './mutation/door.ts'
import { platformRequest } from './mutation/request.ts'
import { tryDoor, type Trial } from './mutation/try-door.ts'
import { countOf } from '../setup/form.ts'

/** The same seed in every run; `FRESHET_MUTATION_SEED=7` tries others, or the same again. */
const SEED = Number(process.env['FRESHET_MUTATION_SEED'] ?? 1)
/** The number over all services; `FRESHET_MUTATIONS=1000000` tries as many. */
const COUNT = Number(process.env['FRESHET_MUTATIONS'] ?? countOf('mutations'))
/** The growth that the data of accepted requests in the memory adapters can cause. */
const heapGrowthBytesMax = (count: number): number => 24 * 1_024 * 1_024 + count * 4_096
const TIMEOUT_MS = 60_000 + COUNT * 20
const SHOWN_MAX = 5
const CONTROL_COUNT = 400

const doors: readonly (readonly [name: string, share: number, make: () => Promise<Door>])[] = [
  ['gateway', 0.35, gatewayDeps],
  ['authority', 0.3, authorityDoor],
  ['sidecar', 0.15, sidecarDoor],
  ['sidecar, for proxies', 0.05, () => sidecarDoor('proxy')],
  ['console', 0.15, consoleDoor],
]

const run = (door: Door, count: number): Promise<Trial> => tryDoor(door, { seed: SEED, count })

describe.each(doors)('%s', (_, share, make) => {
  it('has a valid request for each of its routes, and lets it in', async () => {
    const door = await make()
    // A pattern for every path is no route, but belongs to all routes.
    const routes = door.app.routes.filter(({ path }) => !path.includes('*'))
    const tried = new Set(door.samples.map(({ route }) => route))
    expect([...tried].toSorted()).toEqual(
      [...new Set(routes.map(({ method, path }) => `${method} ${path}`))].toSorted(),
    )
    for (const { name, make: request } of door.samples) {
      // Only the service knows whether it has such a check.
      if (name === '/readyz/:name') continue
      const { status } = await door.app.request(platformRequest(request()) as Request)
      expect(`${name}: ${status}`).toMatch(
        /: 20\d$|openid(?:\/callback)?: 30[23]$|(?:groups=admins|, stale.*|groups=staff): 40[13]$/,
      )
      await door.pause()
    }
  })

  it(
    `no mutation of a valid request crashes it, hangs it, is let in, changes anything or grows its memory (seed ${SEED})`,
    async () => {
      const count = Math.ceil(COUNT * share)
      const { violations, letIn, heapGrowthBytes } = await run(await make(), count)
      expect(violations.slice(0, SHOWN_MAX).join('\n')).toBe('')
      expect(letIn).toBeGreaterThan(0)
      expect(heapGrowthBytes).toBeLessThan(heapGrowthBytesMax(count))
    },
    TIMEOUT_MS,
  )
})

describe('control: the same trial finds', () => {
  /** Returns the service with another answer wherever the real one refused. */
  const instead = (door: Door, answer: (refused: Response) => Response): Door => ({
    ...door,
    app: {
      routes: door.app.routes,
      request: async (request: Request) => {
        const response = await door.app.request(request)
        return response.status < 300 ? response : answer(response)
      },
    } as Door['app'],
  })
  const found = async (door: Door): Promise<string> =>
    (await run(door, CONTROL_COUNT)).violations.join('\n')

  it('a route that crashes on what it cannot read', async () => {
    const crashing = instead(
      await gatewayDeps(),
      ({ status }) => new Response('', { status: status === 400 ? 500 : status }),
    )
    expect(await found(crashing)).toContain('answered 500')
  })

  it('a route that throws', async () => {
    const throwing = instead(await consoleDoor(), () => {
      throw new TypeError('undefined is not a function')
    })
    expect(await found(throwing)).toContain('threw TypeError')
  })

  it('a route that never answers', async () => {
    const silent = instead(await consoleDoor(), () => new Promise(() => {}) as never)
    const { violations } = await tryDoor(silent, { seed: SEED, count: 4 })
    expect(violations.join('\n')).toContain('no answer within 8000 ms')
  })

  it('a route that keeps something of every request', async () => {
    const kept: number[][] = []
    const leaking = instead(await consoleDoor(), (refused) => {
      kept.push(Array.from({ length: 30_000 }, () => kept.length))
      return refused
    })
    const { heapGrowthBytes } = await run(leaking, CONTROL_COUNT)
    expect(heapGrowthBytes).toBeGreaterThan(heapGrowthBytesMax(CONTROL_COUNT))
  })

  it('a gateway that accepts unsigned changes', async () => {
    const open = instead(await gatewayDeps(), () => Response.json({ id: 'x' }, { status: 202 }))
    expect(await found(open)).toContain('let in what nobody signed')
  })

  it('an authority that mints for any caller', async () => {
    const open = instead(await authorityDoor(), () => Response.json({ access_token: 'a.e30.c' }))
    expect(await found(open)).toContain('issued to undefined')
  })

  it('an edge that allows where it should deny', async () => {
    const door = await sidecarDoor()
    const open = instead(door, () => Response.json({ decision: 'allow' }))
    expect(await found(open)).toContain('allowed')
  })

  it('a console that shows to everybody', async () => {
    const open = instead(await consoleDoor(), () => Response.json({ items: [] }))
    expect(await found(open)).toContain('showed /v1/')
  })

  it('a refusal that changes something all the same', async () => {
    const door = await gatewayDeps()
    const rows: object[] = []
    const writing = instead(door, (refused) => {
      rows.push({})
      return refused
    })
    expect(await found({ ...writing, state: () => [...rows] })).toContain(
      'changed state and answered 4',
    )
  })
})
