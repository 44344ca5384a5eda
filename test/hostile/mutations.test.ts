import { describe, expect, it } from 'vitest'
import { attackedAuthority } from './services/attacked-authority.ts'
import { attackedConsole } from './services/attacked-console.ts'
import { attackedGateway } from './services/attacked-gateway.ts'
import { attackedSidecar } from './services/attacked-sidecar.ts'
import type { AttackedService } from './mutation/attacked-service.ts'
import { platformRequest } from '../requests/request.ts'
import { tryMutations, type Trial } from './mutation/try-mutations.ts'
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

const services: readonly (readonly [
  name: string,
  share: number,
  make: () => Promise<AttackedService>,
])[] = [
  ['gateway', 0.35, attackedGateway],
  ['authority', 0.3, attackedAuthority],
  ['sidecar', 0.15, attackedSidecar],
  ['sidecar, for proxies', 0.05, () => attackedSidecar('proxy')],
  ['console', 0.15, attackedConsole],
]

/** Returns the name of an operation as the router has it. */
const inRouter = (operation: string): string => operation.replaceAll(/\{(\w+)\}/g, ':$1')

const run = (attacked: AttackedService, count: number): Promise<Trial> =>
  tryMutations(attacked, { seed: SEED, count })

describe.each(services)('%s', (_, share, make) => {
  it('has a valid request for each of its routes, and lets it in', async () => {
    const attacked = await make()
    // A pattern for every path is no route, but belongs to all routes.
    const routes = attacked.app.routes.filter(({ path }) => !path.includes('*'))
    const named = routes.map(({ method, path }) => `${method.replace('ALL', 'GET')} ${path}`)
    const tried = new Set(attacked.samples.map(({ operation }) => inRouter(operation)))
    expect([...tried].toSorted()).toEqual([...new Set(named)].toSorted())
    for (const { name, make: request } of attacked.samples) {
      // Only the service knows whether it has such a check.
      if (name === '/readyz/:name') continue
      const { status } = await attacked.app.request(platformRequest(await request()) as Request)
      expect(`${name}: ${status}`).toMatch(
        /: 20\d$|openid\S*: 30[23]$|an object: 303$|, refused: \w+: 40[13]$/,
      )
      await attacked.pause()
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
  const instead = (
    attacked: AttackedService,
    answer: (refused: Response) => Response,
  ): AttackedService => ({
    ...attacked,
    app: {
      routes: attacked.app.routes,
      request: async (request: Request) => {
        const response = await attacked.app.request(request)
        return response.status < 300 ? response : answer(response)
      },
    } as AttackedService['app'],
  })
  const found = async (attacked: AttackedService): Promise<string> =>
    (await run(attacked, CONTROL_COUNT)).violations.join('\n')

  it('a route that crashes on what it cannot read', async () => {
    const crashing = instead(
      await attackedGateway(),
      ({ status }) => new Response('', { status: status === 400 ? 500 : status }),
    )
    expect(await found(crashing)).toContain('answered 500')
  })

  it('a route that throws', async () => {
    const throwing = instead(await attackedConsole(), () => {
      throw new TypeError('undefined is not a function')
    })
    expect(await found(throwing)).toContain('threw TypeError')
  })

  it('a route that never answers', async () => {
    const silent = instead(await attackedConsole(), () => new Promise(() => {}) as never)
    const { violations } = await tryMutations(silent, { seed: SEED, count: 4 })
    expect(violations.join('\n')).toContain('no answer within 8000 ms')
  })

  it('a route that keeps something of every request', async () => {
    const kept: number[][] = []
    const leaking = instead(await attackedConsole(), (refused) => {
      kept.push(Array.from({ length: 30_000 }, () => kept.length))
      return refused
    })
    const { heapGrowthBytes } = await run(leaking, CONTROL_COUNT)
    expect(heapGrowthBytes).toBeGreaterThan(heapGrowthBytesMax(CONTROL_COUNT))
  })

  it('a gateway that accepts unsigned changes', async () => {
    const open = instead(await attackedGateway(), () => Response.json({ id: 'x' }, { status: 202 }))
    expect(await found(open)).toContain('let in what nobody signed')
  })

  it('an authority that mints for any caller', async () => {
    const open = instead(await attackedAuthority(), () =>
      Response.json({ access_token: 'a.e30.c' }),
    )
    expect(await found(open)).toContain('issued to undefined')
  })

  it('an edge that allows where it should deny', async () => {
    const attacked = await attackedSidecar()
    const open = instead(attacked, () => Response.json({ decision: 'allow' }))
    expect(await found(open)).toContain('allowed')
  })

  it('a console that shows to everybody', async () => {
    const open = instead(await attackedConsole(), () => Response.json({ items: [] }))
    expect(await found(open)).toContain('showed /v1/')
  })

  it('a refusal that changes something all the same', async () => {
    const attacked = await attackedGateway()
    const rows: object[] = []
    const writing = instead(attacked, (refused) => {
      rows.push({})
      return refused
    })
    expect(await found({ ...writing, state: () => [...rows] })).toContain(
      'changed state and answered 4',
    )
  })
})
