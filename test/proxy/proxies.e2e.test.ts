import { askRaw, type RawRequest } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { extraSidecar, type ExtraSidecar } from '../e2e/extra-sidecar.ts'
import { sourceOf } from '../e2e/source.ts'
import { canRun, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { recorded } from '../e2e/timeline.ts'
import { mint } from '../e2e/token.ts'
import { askByHttp2 } from './http2-request.ts'
import { FORGED_HEADERS, PATH_TRICKS } from './path-tricks.ts'
import { prefixService, type PrefixService } from './prefix-service.ts'
import { installed, proxies } from './proxies.ts'
import type { Proxy } from './proxy-process.ts'

const STALE_WITHIN_MS = 20_000

it.runIf(process.env['CI'] !== undefined)('every proxy is installed where CI runs', () => {
  expect(installed.map(({ name }) => name)).toEqual(proxies.map(({ name }) => name))
})

/** The tokens of three people. Only the first can reach a handler. */
interface Tokens {
  /** Alice is a payments approver. */
  readonly fresh: string
  /** Bob was one when his token was minted. */
  readonly stale: string
  /** Carol never was. */
  readonly lacking: string
}

type Who = keyof Tokens | 'none'
const REACHED = { status: 200, body: expect.stringContaining('reached') as unknown }
const REFUSED: readonly Who[] = ['none', 'stale', 'lacking']

describe.runIf(canRun && installed.length > 0)(
  'a service behind a real proxy and a started sidecar',
  () => {
    let stack: TestStack
    let declared: ExtraSidecar
    let service: PrefixService
    let tokens: Tokens
    /** The ports of the sidecars for proxies: with a registry, and without one. */
    let sidecars: Readonly<Record<'with' | 'without', number>>

    beforeAll(async () => {
      stack = await startTestStack()
      service = await prefixService()
      declared = await extraSidecar(stack, 'declared', {
        FRESHET_REGISTRY: stack.workspace.registry,
      })
      tokens = await makeTokens(stack, declared.url)
      sidecars = { with: portOf(declared.proxyUrl), without: portOf(stack.at.proxies.sidecar) }
    })
    afterAll(async () => {
      await declared[Symbol.asyncDispose]()
      await service[Symbol.asyncDispose]()
      await stack.stop()
      expect(stack.deaths).toEqual([])
    })
    beforeEach(() => void (service.reached.length = 0))

    const as = (who: Who): RawRequest['headers'] =>
      who === 'none' ? [] : [['authorization', `Bearer ${tokens[who]}`]]

    for (const registry of ['with', 'without'] as const)
      describe.each(installed)(`$name, a sidecar ${registry} a registry`, ({ name, start }) => {
        let proxy: Proxy
        beforeAll(async () => {
          proxy = await start({ sidecar: sidecars[registry], service: service.port })
        })
        afterAll(() => proxy[Symbol.asyncDispose]())

        /** Requires an answer, because a proxy that gave none would reach no handler either. */
        const answered = async (request: RawRequest): Promise<void> =>
          expect(await askRaw(proxy.url, request)).not.toMatchObject({ status: 0 })

        // Such an Envoy names only the path. It requires only a fresh token if there is no registry.
        const requiresNothing = name === 'Envoy with path_prefix' && registry === 'without'
        const refused = requiresNothing ? REFUSED.filter((who) => who !== 'lacking') : REFUSED

        it('lets the request of a fresh token through, by HTTP/1.1 and by HTTP/2', async () => {
          const target = '/approve?amount=7'
          const request = { method: 'POST', target, headers: as('fresh') ?? [] }
          expect(await askRaw(proxy.url, request)).toMatchObject(REACHED)
          expect(await askByHttp2(proxy.http2Url, request)).toMatchObject(REACHED)
          expect(service.reached).toEqual(Array(2).fill(`/approve: POST ${target}`))
        })

        it.each(refused)('lets no method through with the token %s', async (who) => {
          for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
            const request = { method, target: '/approve', headers: as(who) ?? [] }
            const answers = [
              await askRaw(proxy.url, request),
              await askByHttp2(proxy.http2Url, request),
            ]
            for (const { status } of answers) expect(status).toBeOneOf([401, 403])
          }
          expect(service.reached).toEqual([])
        })

        it.each(refused)('is led round the sidecar by no path with the token %s', async (who) => {
          for (const target of PATH_TRICKS)
            for (const method of ['GET', 'POST'])
              await answered({ method, target, headers: as(who) ?? [] })
          expect(service.reached).toEqual([])
        })

        it.each(refused)('believes no header of a client with the token %s', async (who) => {
          for (const forged of FORGED_HEADERS)
            await answered({
              method: 'POST',
              target: '/admin',
              headers: [...forged, ...(as(who) ?? [])],
            })
          expect(service.reached).toEqual([])
        })

        it('lets through no request with two tokens', async () => {
          const headers = [...(as('stale') ?? []), ...(as('fresh') ?? [])]
          for (const doubled of [headers, headers.toReversed()])
            await answered({ method: 'POST', target: '/approve', headers: doubled })
          expect(service.reached).toEqual([])
        })

        it.runIf(registry === 'with')(
          'lets a fresh token through to declared routes alone',
          async () => {
            const ask = (method: string, target: string) =>
              askRaw(proxy.url, { method, target, headers: as('fresh') ?? [] })
            for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE'])
              expect((await ask(method, '/approve')).status).toBe(403)
            for (const target of PATH_TRICKS)
              await answered({ method: 'POST', target, headers: as('fresh') ?? [] })
            expect(service.reached).toEqual([])
          },
        )
      })
  },
)

function portOf(url: string): number {
  return Number(new URL(url).port)
}

async function makeTokens(stack: TestStack, declaredUrl: string): Promise<Tokens> {
  const hr = sourceOf(stack, 'hr')
  const groups = (subject: string, ...value: readonly string[]) =>
    hr.send({ subject, claim: 'groups', op: 'set', value })
  await recorded(stack, await groups('alice', 'payments-approvers', 'staff'))
  await recorded(stack, await groups('bob', 'payments-approvers', 'staff'))
  await recorded(stack, await groups('carol', 'staff'))
  const tokens = {
    fresh: await mint(stack, 'alice'),
    stale: await mint(stack, 'bob'),
    lacking: await mint(stack, 'carol'),
  }
  await recorded(stack, await groups('bob', 'staff'))
  for (const url of [stack.at.sidecar, declaredUrl])
    await until('alice is allowed and bob is refused', STALE_WITHIN_MS, async () => {
      const [alice, bob] = await Promise.all([
        decision(url, tokens.fresh),
        decision(url, tokens.stale),
      ])
      return alice === 'allow' && bob === 'deny' ? true : undefined
    })
  return tokens
}

async function decision(url: string, token: string): Promise<unknown> {
  const response = await fetch(new URL('/v1/check', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, require: { groups: ['payments-approvers'] } }),
  })
  return ((await response.json()) as { readonly decision?: unknown }).decision
}
