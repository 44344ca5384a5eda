import { askRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { topicReader } from '../contracts/topic-records.ts'
import { kafkaOf } from '../e2e/direct-world.ts'
import { recorded } from '../e2e/timeline.ts'
import { canRun, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import type { HostileRequest } from '../requests/request.ts'
import { OPERATIONS, type Limits } from '../requests/corpus.ts'
import { BODY_BYTES_MAX, type Guard } from '../requests/operation.ts'
import { countOf } from '../setup/form.ts'
import { brokenLimits } from './body-limits.ts'
import { consoleGuards, unknownNames } from './console-guards.ts'
import { generatedClients } from './generated-client.ts'
import { CLIENT_CHANGE, LIVE, liveAnswers } from './live-answers.ts'
import {
  everyRoute,
  guardCases,
  guardControl,
  type GuardCase,
  type GuardedRoute,
} from './guard-cases.ts'
import { guardWorld, type GuardWorld } from './guard-world.ts'
import { clientAddresses, hostileCorpus } from './hostile-corpus.ts'
import { hostileServices, type HostileServices } from './hostile-services.ts'
import { senderBudgets } from './sender-budgets.ts'
import { readCarol, readChange, readersIn } from './subject-reads.ts'
import { startedSamples, type StartedSample } from './started-samples.ts'

const METHODS: ReadonlySet<string> = new Set([
  'get',
  'put',
  'post',
  'delete',
  'patch',
  'head',
  'options',
])

const SEED = Number(process.env['FRESHET_MUTATION_SEED'] ?? 1)
/** Records that are read of each partition, at most. */
const RECORDS_MAX = 1_000
/** The number of changed requests for each service. */
const COUNT = Number(process.env['FRESHET_SOCKET_MUTATIONS'] ?? countOf('stackMutations'))

describe.runIf(canRun)('the guards of started services', () => {
  let stack: TestStack
  let world: GuardWorld
  let hostile: HostileServices
  beforeAll(async () => {
    stack = await startTestStack()
    hostile = await hostileServices()
    world = await guardWorld(stack, hostile.setting)
  })
  afterAll(async () => {
    await world.stop()
    await hostile[Symbol.asyncDispose]()
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  const nextAddress = clientAddresses()
  const urlOf = (service: string): string => stack.at[service as 'gateway']

  /** Returns the answers that a case does not expect. */
  const wrong = async (route: GuardedRoute, cases: readonly GuardCase[]): Promise<string[]> => {
    const found: string[] = []
    for (const { what, request, statuses } of cases) {
      const { status, body } = await askRaw(urlOf(route.service), {
        ...request,
        from: nextAddress(),
      })
      const line = `${route.method} ${route.target}, ${what}: ${status} ${body.slice(0, 200)}`
      if (!statuses.includes(status)) found.push(line)
    }
    return found
  }

  describe.each(Object.entries(OPERATIONS))('%s', (service, routes) => {
    it('has an operation in the corpus for each route that it publishes', async () => {
      const response = await fetch(new URL('/openapi.json', urlOf(service)))
      const { paths } = (await response.json()) as { readonly paths: Record<string, object> }
      const published = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods)
          .filter((method) => METHODS.has(method))
          .map((method) => `${method.toUpperCase()} ${path}`),
      )
      expect(Object.keys(routes).toSorted()).toEqual(published.toSorted())
    })

    it.each(Object.entries(routes))('%s refuses what no route takes', async (name) => {
      const route = routeOf(service, name)
      expect(await wrong(route, everyRoute(route, world))).toEqual([])
    })

    it.each(guarded(routes))(
      'control: %s does not refuse what its guard %s lets in',
      async (name, guard) => {
        const route = routeOf(service, name)
        const { status } = await askRaw(urlOf(service), await guardControl(guard, route, world))
        expect(status).not.toBeOneOf([0, 401, 403, 413, 415, 429])
      },
    )

    it.each(guarded(routes))('%s refuses by its guard %s', async (name, guard) => {
      const route = routeOf(service, name)
      expect(await wrong(route, await guardCases[guard](route, world))).toEqual([])
    })
  })

  describe.each(['gateway', 'authority', 'console'])('%s and bodies', (service) => {
    const posts = guarded(OPERATIONS[service] ?? {}).filter(([name]) => name.startsWith('POST '))
    const proofs = new Map(posts.toReversed())

    it.each([...proofs])('%s refuses those above its limit alone', async (name, guard) => {
      const make = () => guardControl(guard, routeOf(service, name), world)
      const bytesMax = bytesMaxOf(service, name)
      expect(await brokenLimits({ url: urlOf(service), make, bytesMax })).toEqual([])
    })
  })

  describe('the gateway and bodies', () => {
    const broken = (name: string, guard: Guard, bytesMax: number): Promise<string[]> => {
      const make = () => guardControl(guard, routeOf('gateway', name), world)
      return brokenLimits({ url: stack.at.gateway, make, bytesMax })
    }

    it('control: another limit than that of the route is found broken on both sides of it', async () => {
      const [registry, changes] = ['POST /v1/registry', 'POST /v1/changes']
      const below = await broken(registry, 'admin', bytesMaxOf('gateway', changes))
      expect(below.join()).toMatch(/262145 bytes by its length: 4.*262145 bytes in chunks: 4/)
      const above = await broken(changes, 'source', bytesMaxOf('gateway', registry))
      expect(above.join()).toMatch(/1048576 bytes by its length: 413.*1048576 bytes in chunks: 413/)
    })
  })

  describe.each(['gateway', 'authority', 'sidecar', 'console'])(
    '%s and hostile requests',
    (service) => {
      const samplesOf = (): readonly StartedSample[] => startedSamples(world)[service] ?? []
      const portOf = (): number => Number(new URL(urlOf(service)).port)

      it(`lets in no changed request, and goes on (seed ${SEED})`, async () => {
        const run = { port: portOf(), seed: SEED, count: COUNT }
        expect(await hostileCorpus(samplesOf(), run)).toEqual([])
        for (const { name, make } of samplesOf())
          await expect
            .poll(async () => `${name}: ${await statusOf(portOf(), await make())}`)
            .toMatch(/: (20\d|40[01])$/)
      })
    },
  )

  describe('clients that have only the documents', () => {
    it('send a change, mint and introspect a token, and read the status', async () => {
      const { sendChange, mint: mintToken, introspect, status } = generatedClients(stack, world)
      const sent = await sendChange(String(Date.now()))
      expect(sent).toMatchObject({ data: { id: CLIENT_CHANGE } })
      await recorded(stack, CLIENT_CHANGE)
      const minted = await mintToken()
      expect(minted.data?.token_type).toBe('Bearer')
      const introspected = await introspect(minted.data?.access_token ?? '')
      expect(introspected.data).toMatchObject({ active: true, sub: 'carol' })
      expect(introspected.data?.freshet?.claims['groups']?.verdict).toBe('fresh')
      expect((await status()).data?.partitions).toHaveLength(7)
    })

    it('get a problem with its code for a change that is refused', async () => {
      const { sendChange } = generatedClients(stack, world)
      const { error } = await sendChange('1')
      expect(error?.code).toBe('event.conflict')
    })

    it.each(['gateway', 'authority', 'console'])(
      'find every member of each answer of the started %s in its document',
      async (service) => {
        const { answered, faults } = await liveAnswers(urlOf(service), world)
        expect(faults).toEqual([])
        expect(answered).toEqual(LIVE[service])
      },
    )

    it('read each record of the topics by schemas/asyncapi.yaml', async () => {
      const kafka = kafkaOf(stack)
      const reader = topicReader()
      const read = async (topic: string) => {
        const bounds = await kafka.reader().bounds(topic)
        const filled = bounds.filter(({ earliest, end }) => end > earliest)
        return Promise.all(
          filled.map(({ partition, earliest }) =>
            kafka.reader().read(topic, partition, earliest, RECORDS_MAX),
          ),
        )
      }
      const records = (await Promise.all(reader.topics.map(read))).flat(2)
      const names = new Set(records.map((record) => reader.messageOf(record)))
      await kafka.close()
      expect([...names]).toEqual(
        expect.arrayContaining(['change', 'heartbeat', 'revocation', 'claimMap', 'checkpoint']),
      )
      expect([...names]).toContain('edgeReport')
      const change = records.find(({ value }) => value !== null) ?? expect.unreachable()
      const broken = { ...change, value: Buffer.from('{}') }
      expect(() => reader.messageOf(broken)).toThrow(/required property/)
      const other = { ...change, topic: 'freshet.other.v1' }
      expect(() => reader.messageOf(other)).toThrow('no topic freshet.other.v1')
    })
  })

  describe('the values of a subject’s claims', () => {
    it('are shown to operators, counted for viewers, and each read of them is in the audit', async () => {
      await expect
        .poll(async () => (await readCarol(stack, world, 'operator')).claims)
        .toContainEqual(expect.objectContaining({ claim: 'groups', status: 'verified' }))
      const [seen, masked] = [
        await readCarol(stack, world, 'operator'),
        await readCarol(stack, world, 'viewer'),
      ]
      const groups = seen.claims.find(({ claim }) => claim === 'groups')
      const [value = expect.unreachable()] = groups?.values ?? []
      expect(seen.text).toContain(value)
      // Control: the same question by a viewer has the number alone.
      expect(masked.status).toBe(200)
      expect(masked.text).not.toContain(value)
      expect(masked.claims.map(({ count }) => count)).toEqual(seen.claims.map(({ count }) => count))
      expect(masked.claims.every(({ values }) => values === null)).toBe(true)
      // The change that gave the value has it for operators alone, too.
      const readBy = (role: 'operator' | 'viewer') =>
        readChange(stack, world, { id: CLIENT_CHANGE, role })
      expect(await readBy('operator')).toContain(`"gained":["${value}"]`)
      expect(await readBy('viewer')).toMatch(/"gained":null,.*"gainedCount":1/)
      expect(await readBy('viewer')).not.toContain(value)
      expect(await readersIn(stack, 'operator')).not.toContain('viewer')
    })
  })

  describe('the started console', () => {
    consoleGuards(() => ({ stack, world, hostile }))
  })

  describe('the started gateway', () => {
    unknownNames(() => ({ stack, world }))
    senderBudgets(() => ({ stack, world }))
  })

  it('control: the corpus finds a service that lets every request in', async () => {
    const strict = (startedSamples(world)['console'] ?? []).map((sample) => ({
      ...sample,
      mayPass: () => false,
    }))
    const run = { port: Number(new URL(stack.at.console).port), seed: SEED, count: COUNT }
    expect((await hostileCorpus(strict, run)).join()).toContain('let in with 200')
  })
})

async function statusOf(port: number, request: HostileRequest): Promise<number> {
  const { method, path: target, headers, body } = request
  const sent = { method, target, headers, body: Buffer.from(body).toString() }
  return (await askRaw(`http://127.0.0.1:${port}`, sent)).status
}

/** Returns the largest body of a route, in bytes. */
function bytesMaxOf(service: string, name: string): number {
  return OPERATIONS[service]?.[name]?.bytesMax ?? BODY_BYTES_MAX
}

function guarded(routes: Readonly<Record<string, Limits>>): (readonly [string, Guard])[] {
  return Object.entries(routes).flatMap(([name, { guards }]) =>
    guards.map((guard) => [name, guard] as const),
  )
}

/** Returns a route with a value for each of its parameters. */
function routeOf(service: string, name: string): GuardedRoute {
  const [method = '', path = ''] = name.split(' ')
  return { service, method, target: path.replace('{source}', 'hr').replaceAll(/\{\w+\}/g, 'x') }
}
