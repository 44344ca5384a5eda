import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePorts } from '@freshet/owned-dir'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sourceOf } from '../e2e/source.ts'
import { canRun, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { recorded } from '../e2e/timeline.ts'
import { mint } from '../e2e/token.ts'

const FRAMEWORKS = ['express', 'fastify', 'hono', 'http']
/** The start of a server, and of a process with Kafka behind it, on a loaded machine. */
const READY = { timeout: 90_000, interval: 250 }

/** The answer of a server: its status, and the code of a refusal. */
type Answer = readonly [status: number, code: unknown]

describe.runIf(canRun)('the servers of docs/frameworks.md', () => {
  let stack: TestStack
  const running = new Map<string, { readonly child: ChildProcess; readonly url: string }>()

  beforeAll(async () => {
    stack = await startTestStack()
    const ports = await freePorts(FRAMEWORKS.length)
    const { kafka, authority } = stack.describe()
    for (const [at, name] of FRAMEWORKS.entries()) {
      const port = ports[at] ?? 0
      const env = {
        ...process.env,
        NODE_ENV: 'production',
        KAFKA_BROKERS: kafka.brokers.join(','),
        ISSUER: authority.issuer,
        PORT: String(port),
      }
      const file = join(import.meta.dirname, 'frameworks', `${name}.mjs`)
      const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'ignore', 'inherit'] })
      running.set(name, { child, url: `http://127.0.0.1:${port}/approve` })
    }
  })
  afterAll(async () => {
    for (const { child } of running.values()) child.kill('SIGKILL')
    await stack.stop()
  })

  const answerOf = async (name: string, token?: string): Promise<Answer> => {
    const headers = {
      connection: 'close',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    const response = await fetch(running.get(name)?.url ?? '', { method: 'POST', headers })
    const { code, approvedBy } = (await response.json()) as Record<string, unknown>
    return [response.status, approvedBy ?? code]
  }
  /** A heartbeat that is late on a loaded machine makes an edge refuse for a moment. */
  const answers = (name: string, token: string | undefined, answer: Answer): Promise<void> =>
    expect.poll(() => answerOf(name, token).catch(String), READY).toEqual(answer)
  const change = async (subject: string, op: string, value: readonly string[]): Promise<void> => {
    const id = await sourceOf(stack, 'hr').send({ subject, claim: 'groups', op, value })
    await recorded(stack, id)
  }

  it.each(FRAMEWORKS)('%s answers as its page shows, and ends by itself', async (name) => {
    const [alice, bob] = [`alice-${name}`, `bob-${name}`]
    await change(alice, 'set', ['payments-approvers'])
    await change(bob, 'set', ['staff'])
    const token = await mint(stack, alice)
    await answers(name, token, [200, alice])
    await answers(name, undefined, [401, 'token.missing'])
    await answers(name, await mint(stack, bob), [403, 'token.insufficient'])
    await change(alice, 'remove', ['payments-approvers'])
    await answers(name, token, [401, 'token.stale'])
    const { child } = running.get(name) ?? expect.unreachable()
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
