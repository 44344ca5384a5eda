import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { freePorts } from '@freshet/owned-dir'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { startChromium } from '../setup/chromium.ts'
import { check } from './edge.ts'
import { openConsole } from './page.ts'
import { sourceOf } from './source.ts'
import {
  canRun,
  freeze,
  processOf,
  startTestStack,
  untilFresh,
  type TestStack,
} from './test-stack.ts'
import { applied } from './timeline.ts'
import { mint } from './token.ts'

const REPLICATED = ['gateway', 'reconciler', 'authority', 'console'] as const
type Replicated = (typeof REPLICATED)[number]

/** The address of a service, as a balancer holds it: connections go to the replica that is left. */
type Front = AsyncDisposable

describe.runIf(canRun)('two replicas of each service', () => {
  let stack: TestStack
  const seconds = new Map<Replicated, { readonly process: ManagedProcess; readonly port: number }>()
  const deaths: string[] = []

  beforeAll(async () => {
    stack = await startTestStack()
    const ports = await freePorts(REPLICATED.length)
    for (const [index, name] of REPLICATED.entries()) {
      const { plan } = processOf(stack, name)
      const port = ports[index] ?? 0
      const env = { ...plan.env, FRESHET_PORT: String(port) }
      const process = new ManagedProcess({ ...plan, env }, (died) => deaths.push(died))
      await process.start()
      seconds.set(name, { process, port })
    }
  })
  afterAll(async () => {
    await Promise.all([...seconds.values()].map(({ process }) => process.stop()))
    await stack.stop()
    expect([...deaths, ...stack.deaths]).toEqual([])
  })

  /** A subject gets a group and a token, loses the group, and is refused by both edges. */
  async function walk(subject: string): Promise<void> {
    const [hr, iga] = [sourceOf(stack, 'hr'), sourceOf(stack, 'iga')]
    const groups = { subject, claim: 'groups' }
    await hr.send({ op: 'set', ...groups, value: ['staff', 'approvers'] })
    await iga.send({ op: 'set', subject, claim: 'entitlements', value: ['invoices:read'] })
    let token = ''
    const decisions = async (): Promise<readonly string[]> => {
      const question = { token, require: { groups: ['approvers'] } }
      const answers = [check(stack, question), check(stack, question, 'sidecar:2')]
      return (await Promise.all(answers)).map(({ decision }) => decision)
    }
    const allowed = async (): Promise<readonly string[]> => {
      token = await mint(stack, subject)
      return decisions()
    }
    await expect.poll(allowed).toEqual(['allow', 'allow'])
    const removal = await hr.send({ op: 'remove', ...groups, value: 'approvers' })
    await applied(stack, removal)
    expect(await decisions()).not.toContain('allow')
  }

  it('serve beside each other', async () => {
    await walk('both')
    for (const { port } of seconds.values()) {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
      expect([answer.status, await answer.text()]).toEqual([200, 'ok\n'])
    }
  })

  it.each(REPLICATED)('go on where the first %s is killed', async (name) => {
    const first = processOf(stack, name)
    await first.stop('SIGKILL')
    const { port = 0 } = seconds.get(name) ?? {}
    const at = Number(first.plan.env['FRESHET_PORT'])
    const balancer = await front(at, port)
    try {
      await untilFresh(stack)
      await walk(`without-${name}`)
    } finally {
      await balancer[Symbol.asyncDispose]()
    }
    await first.start()
    await untilFresh(stack)
  })

  it('show in a browser that the console stopped suddenly, and that it is back', async (context) => {
    const browser = await startChromium()
    if (browser === undefined) return context.skip('no Chromium runs here')
    try {
      const page = await openConsole(browser, stack)
      await page.waitForSelector('.as-of:has-text("as of")')
      expect(await page.locator('.outdated').count()).toBe(0)
      const thaw = freeze(stack, 'console')
      try {
        await page.waitForSelector('[role=alert]:has-text("The console has sent nothing since")')
        await page.waitForSelector('.badge.bad:text("not connected")')
        // Older than 15 s: its figures are grey, and each question still waits for its own time-out.
        await page.waitForSelector('.as-of.old')
        await page.waitForSelector('.outdated table')
      } finally {
        thaw()
      }
      await page.waitForSelector('.badge.ok:text("connected")')
      await page.waitForSelector('.outdated', { state: 'detached' })
      expect(await page.locator('[role=alert] .note').count()).toBe(0)
    } finally {
      await browser.close()
    }
  })
})

/** Takes the port of a replica that has ended, and sends its connections to another. */
async function front(from: number, to: number): Promise<Front> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const replica = connect(to, '127.0.0.1')
    for (const [one, other] of [
      [client, replica],
      [replica, client],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.once('close', () => sockets.delete(one))
    }
  })
  server.listen(from, '127.0.0.1')
  await once(server, 'listening')
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
