import { join } from 'node:path'
import { freePorts } from '@freshet/owned-dir'
import { loadRegistry } from '@freshet/runtime'
import { expect, it } from 'vitest'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { sourceOf } from '../e2e/source.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { processOf, type TestStack } from '../e2e/test-stack.ts'
import type { GuardWorld } from './guard-world.ts'
import { KEPT_BACK, type HostileServices } from './hostile-services.ts'

/** The console reads 4 KiB of an answer; buffers on the way hold the rest. */
const ENDLESS_BYTES_MAX = 16 * 1_024 * 1_024

const SECRET_HASH = /"secretHash":"([^"]+)"/g

interface Started {
  readonly stack: TestStack
  readonly world: GuardWorld
}

/** Adds the tests of its stream, and of the services that it asks. */
export function consoleGuards(
  started: () => Started & { readonly hostile: HostileServices },
): void {
  it('streams the name and the values of a change to operators, and their number to viewers', async () => {
    const { stack, world } = started()
    await using seen = await openStream(stack, world.admins.operator)
    await using masked = await openStream(stack, world.admins.viewer)
    const streams = [seen, masked]
    // The stream begins with a gap, behind which it is complete.
    for (const stream of streams) await expect.poll(stream.text).toContain('"reason":"begun"')
    const set = { op: 'set', subject: 'streamed', claim: 'groups', value: ['seen-by-operators'] }
    const id = await sourceOf(stack, 'hr').send(set)
    for (const stream of streams) await expect.poll(stream.text).toContain(`"id":"${id}"`)
    expect(seen.text()).toMatch(/"sub":"streamed".*"gained":\["seen-by-operators"\]/)
    expect(masked.text()).toMatch(/"sub":null.*"gained":null,.*"gainedCount":1/)
    expect(masked.text()).not.toMatch(/streamed|seen-by-operators/)
    for (const path of ['/v1/changes', '/v1/status']) {
      const read = async (token: string): Promise<string> => {
        const headers = { authorization: `Bearer ${token}` }
        return (await fetch(new URL(path, stack.at.console), { headers })).text()
      }
      await expect.poll(() => read(world.admins.operator)).toMatch(/"sub":"streamed"/)
      const answer = await read(world.admins.viewer)
      expect(answer).toContain(`"id":"${id}"`)
      expect(answer).not.toMatch(/streamed|seen-by-operators/)
    }
  })

  it('shows the registry document without hashes of secrets, and names their places', async () => {
    const { stack, world } = started()
    const headers = { authorization: `Bearer ${world.admins.viewer}` }
    const url = new URL('/v1/registry/document', stack.at.console)
    const text = await (await fetch(url, { headers })).text()
    const { document } = await loadRegistry(stack.workspace.registry)
    const hashes = [...document.matchAll(SECRET_HASH)].map(([, hash]) => hash ?? '')
    // Control: the file itself has them, and the answer names the clients that they belong to.
    expect(hashes.length).toBeGreaterThan(0)
    expect((JSON.parse(text) as { readonly hidden: readonly string[] }).hidden).toHaveLength(
      hashes.length,
    )
    for (const hash of hashes) expect(text).not.toContain(hash)
  })

  it('asks no service again elsewhere, reads and waits within its limits, and goes on judging', async () => {
    const { stack, world, hostile } = started()
    const headers = { authorization: `Bearer ${world.admins.viewer}` }
    const health = async (): Promise<string> =>
      (await fetch(new URL('/v1/health', stack.at.console), { headers })).text()
    for (const state of [
      '"service":"redirecting","state":"no-answer"',
      '"service":"silent","state":"no-answer"',
      '"service":"endless","state":"not-ready"',
      '"service":"talkative","state":"not-ready","reason":"kafka"',
      // Control: a service beside them.
      '"service":"gateway","state":"ready"',
    ])
      await expect.poll(health).toContain(state)
    expect(await health()).not.toContain(KEPT_BACK)
    expect(hostile.followed()).toBe(0)
    expect(hostile.bytesTaken()).toBeLessThan(ENDLESS_BYTES_MAX)
  })

  it.each([
    ['gateway', 'FRESHET_SERVICES: the address of gateway is no http or https URL'],
    ['=http://127.0.0.1:1', 'FRESHET_SERVICES: entry 1 has no name'],
    ['a=http://127.0.0.1:1,a=http://127.0.0.1:2', 'FRESHET_SERVICES: has a twice'],
  ])('does not start with FRESHET_SERVICES %s', async (services, problem) => {
    const { stack } = started()
    expect(await refusedStart(stack, 'console', { FRESHET_SERVICES: services })).toContain(problem)
  })
}

/** Adds the tests of orders for names that the registry does not have. */
export function unknownNames(started: () => Started): void {
  it.each([
    [404, 'Did you mean payments-web?', { op: 'cut-off', scope: 'client', target: 'payments-wb' }],
    [404, 'Did you mean https:', { op: 'deny', scope: 'issuer', target: `${DEV_IDP}x` }],
    [403, 'Did you mean acme?', { op: 'cut-off', scope: 'tenant', tenant: 'acne', target: 'acne' }],
    [422, 'Did you mean groups?', { op: 'value-withdrawn', claim: 'grups', value: 'staff' }],
  ])(
    'answers an order for an unknown name with %i and the nearest one: %s',
    async (wanted, hint, order) => {
      const { stack, world } = started()
      const body = JSON.stringify({ tenant: DEV_TENANT, ...order })
      const headers = {
        authorization: `Bearer ${world.admins.operator}`,
        'content-type': 'application/json',
      }
      const url = new URL('/v1/cut-offs?dryRun=true', stack.at.gateway)
      const answer = await fetch(url, { method: 'POST', headers, body })
      expect([answer.status, await answer.text()]).toEqual([wanted, expect.stringContaining(hint)])
    },
  )
}

/** The stream of the started console, as one admin gets it. */
interface LiveStream extends AsyncDisposable {
  /** Everything that was sent so far. */
  readonly text: () => string
}

/** Opens it with the token of an admin. */
async function openStream({ at }: TestStack, token: string): Promise<LiveStream> {
  const ended = new AbortController()
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(new URL('/v1/stream', at.console), { headers, signal: ended.signal })
  if (!answer.ok || answer.body === null) throw new Error(`/v1/stream answered ${answer.status}`)
  const decoder = new TextDecoder()
  let text = ''
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const chunk of body) text += decoder.decode(chunk, { stream: true })
  }
  const reading = read(answer.body).catch(() => {})
  return {
    text: () => text,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await reading
    },
  }
}

/** Starts one more process of a service with other variables, and returns the error with which it ended. */
async function refusedStart(
  stack: TestStack,
  name: string,
  more: Readonly<Record<string, string>>,
): Promise<string> {
  const { plan } = processOf(stack, name)
  const [port] = await freePorts(1)
  const env = { ...plan.env, ...more, FRESHET_PORT: String(port) }
  // The error is the end of the log, so the log has no lines of the running process.
  const logFile = join(stack.workspace.logs, `${name}-${port}.log`)
  const process = new ManagedProcess({ ...plan, env, logFile }, () => {})
  try {
    await process.start()
  } catch (error) {
    return String(error)
  }
  await process.stop()
  throw new Error(`${name} started.`)
}
