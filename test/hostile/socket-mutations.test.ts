import { serveHttp, type ServeOptions } from '@freshet/runtime'
import { describe, expect, it } from 'vitest'
import { randomOf } from '../simulation/random.ts'
import { attackedAuthority } from './services/attacked-authority.ts'
import { attackedConsole } from './services/attacked-console.ts'
import { attackedGateway } from './services/attacked-gateway.ts'
import { attackedSidecar } from './services/attacked-sidecar.ts'
import { countOf } from '../setup/form.ts'
import { allMutators } from './mutation/all-mutators.ts'
import type { AttackedService } from './mutation/attacked-service.ts'
import { mutate } from './mutation/mutator.ts'
import { CONNECT, exchange, onTheWire, TOO_SMALL } from './mutation/wire.ts'

const SEED = Number(process.env['FRESHET_MUTATION_SEED'] ?? 1)
/** The number of requests for each service. */
const COUNT = Number(process.env['FRESHET_SOCKET_MUTATIONS'] ?? countOf('socketMutations'))
const TIMEOUT_MS = 60_000 + COUNT * 50
const SHOWN_MAX = 5

const services: readonly (readonly [name: string, make: () => Promise<AttackedService>])[] = [
  ['gateway', attackedGateway],
  ['authority', attackedAuthority],
  ['sidecar', attackedSidecar],
  ['sidecar, for proxies', () => attackedSidecar('proxy')],
  ['console', attackedConsole],
]

/** Returns the routes behind the real server, as a service has them. */
function served({ app }: AttackedService): ServeOptions['app'] {
  return { fetch: (request, env) => Promise.resolve(app.request(request, undefined, env)) }
}

async function violationsOf(
  attacked: AttackedService,
  app: ServeOptions['app'],
  count: number,
): Promise<string[]> {
  await using server = await serveHttp({ app })
  const violations: string[] = []
  for (let turn = 0; turn < count; turn += 1) {
    const random = randomOf(SEED, `socket/${attacked.name}/${turn}`)
    const mutated = mutate(await random.pick(attacked.samples).make(), allMutators, random)
    const sent = onTheWire(mutated.request, random)
    await attacked.pause()
    const before = attacked.state()
    const answer = await exchange(server.port, sent)
    const after = attacked.state()
    const hasChanged = before.length !== after.length || before.some((row, at) => row !== after[at])
    const wrong = faultOf(attacked, mutated, answer, { hasChanged, trick: sent.trick })
    const by = [...mutated.mutators, sent.trick].join(', then ')
    if (wrong !== undefined) violations.push(`mutation ${turn} of seed ${SEED} (${by}): ${wrong}`)
  }
  return violations
}

function faultOf(
  attacked: AttackedService,
  mutated: ReturnType<typeof mutate>,
  answer: Awaited<ReturnType<typeof exchange>>,
  { hasChanged, trick }: { readonly hasChanged: boolean; readonly trick: string },
): string | undefined {
  if (answer === 'hangs') return 'no answer'
  if (answer === undefined && hasChanged) return 'changed state without an answer'
  if (answer === undefined) return trick === CONNECT ? undefined : 'closed without an answer'
  if (answer.status >= 500) return `answered ${answer.status} ${answer.body}`
  // The bytes behind a length that is too small are a second request: its refusal overtakes the answer.
  const overtaken = hasChanged && answer.status === 400 && trick === TOO_SMALL
  return attacked.judge(mutated, overtaken ? { status: 202, body: '{}' } : answer, hasChanged)
}

describe.each(services)('%s over a real socket', (_, make) => {
  it(
    `no mutation crashes it, hangs it, is let in or changes anything, however it is written (seed ${SEED})`,
    async () => {
      const attacked = await make()
      const violations = await violationsOf(attacked, served(attacked), COUNT)
      expect(violations.slice(0, SHOWN_MAX).join('\n')).toBe('')
    },
    TIMEOUT_MS,
  )
})

it('control: a server that answers 500 to what it cannot read is found', async () => {
  const attacked = await attackedConsole()
  const crashing = {
    fetch: async (request: Request) => {
      const answer = await attacked.app.request(request)
      return answer.status < 400 ? answer : new Response('', { status: 500 })
    },
  }
  expect((await violationsOf(attacked, crashing, 100)).join('\n')).toContain('answered 500')
})
