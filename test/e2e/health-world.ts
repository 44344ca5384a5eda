import { expect } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { EditRegistry } from '../../packages/cli/src/stack/dev-registry.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import type { TestStack } from './test-stack.ts'

/** Faults of the figures show after a lease, an objective or a time limit; a busy machine is slower. */
export const SHOWN_WITHIN_MS = 45_000
const OVER_WITHIN_MS = 90_000
const UNHEALTHY = 10

/** The verdict, as far as surfaces are compared. */
export interface Verdict {
  readonly state: string
  readonly causes: readonly { readonly finding: string; readonly object: string }[]
}

/** Plants a fault; the returned function ends it. */
export type Plant = () => Promise<() => unknown>

/** A stack whose verdict is read on every surface. */
export interface HealthWorld {
  readonly stack: TestStack
  /** Returns what the console answers to an admin at this path. */
  ask(path: string): Promise<string>
  /** Waits for such a verdict, and returns its time. */
  untilShown(isMeant: (verdict: Verdict) => boolean): Promise<number>
  /** Compares the surfaces at a moment in which the verdict was the same before and after. */
  surfaces(): Promise<void>
  /** Plants a fault, and waits for its verdict on every surface, and for its end if it ends. */
  shows(fault: string, first: string, plant: Plant, ends?: boolean): Promise<void>
  /** Plants a fault of the console: the command line calls the state unknown. */
  isAway(fault: string, plant: Plant): Promise<void>
  /** Prints the faults with their times, and stops the stack. */
  stop(): Promise<void>
}

/** Edits a registry so that the heartbeats of iga are as frequent as those of the other sources. */
export const editHeartbeats: EditRegistry = (registry) => {
  registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
  registry.setIn(['sources', 'iga', 'lease'], '5s')
}

/** Returns the state, and the first cause. */
export function firstOf({ state, causes: [first] }: Verdict): string {
  return `${state}: ${first?.finding} ${first?.object}`
}

/** Waits until everything is fresh in a stack whose registry {@link editHeartbeats} edited. */
export async function healthWorld(stack: TestStack): Promise<HealthWorld> {
  const cli = await cliFolder(stack)
  const seen: string[][] = []
  const ask = (path: string): Promise<string> => askConsole(stack, path)
  const health = async (): Promise<Verdict> => JSON.parse(await ask('/v1/health')) as Verdict
  const untilShown = async (
    isMeant: (verdict: Verdict) => boolean,
    withinMs = SHOWN_WITHIN_MS,
  ): Promise<number> => {
    const { ms } = await until('the verdict', withinMs, async () => {
      const verdict = await health()
      return isMeant(verdict) ? verdict : Promise.reject(new Error(JSON.stringify(verdict)))
    })
    return ms
  }
  const surfaces = async (): Promise<void> => {
    await until('the same verdict everywhere', SHOWN_WITHIN_MS, () => sameOn(stack, cli, health))
  }
  const untilOver = (isOver: (verdict: Verdict) => boolean): Promise<number> =>
    untilShown(isOver, OVER_WITHIN_MS)
  await untilOver(({ state }) => state === 'fresh')
  return {
    stack,
    ask,
    untilShown,
    surfaces,
    async shows(fault, first, plant, ends = true) {
      const end = await plant()
      try {
        const ms = await untilShown((verdict) => firstOf(verdict) === first)
        await surfaces()
        seen.push([fault, first, `${(ms / 1_000).toFixed(1)} s`])
      } finally {
        await end()
      }
      if (!ends) return
      const [, cause] = first.split(': ')
      await untilOver((verdict) => !firstOf(verdict).endsWith(`: ${cause}`))
      await untilOver(({ state }) => state !== 'not-fresh' && state !== 'unknown')
    },
    async isAway(fault, plant) {
      const end = await plant()
      const first = 'unknown: consoleAway console'
      try {
        const { code, out } = await cli.freshet('status', '-o', 'json')
        expect([code, firstOf(JSON.parse(out) as Verdict)]).toEqual([UNHEALTHY, first])
        seen.push([fault, first, ''])
      } finally {
        await end()
      }
      await untilOver(({ state }) => state !== 'unknown')
    },
    async stop() {
      process.stdout.write(`${seen.map((row) => row.join(' | ')).join('\n')}\n`)
      await cli.dispose()
      await stack.stop()
    },
  }
}

async function askConsole(stack: TestStack, path: string): Promise<string> {
  const { token } = stack.describe().admin
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(new URL(path, stack.at.console), { headers })
  expect(answer.status).toBe(200)
  return answer.text()
}

/** Returns true if the console, the command line, the evidence and the metrics have one verdict. */
async function sameOn(
  stack: TestStack,
  cli: CliFolder,
  health: () => Promise<Verdict>,
): Promise<true | undefined> {
  const before = firstOf(await health())
  const status = await cli.freshet('status', '-o', 'json')
  const shown = JSON.parse(status.out) as Verdict
  // The evidence is read from the database.
  const evidence =
    shown.state === 'unknown'
      ? shown
      : (JSON.parse(await askConsole(stack, '/v1/evidence')) as { readonly health: Verdict }).health
  const metrics = await (await fetch(new URL('/metrics', stack.at.console))).text()
  const [, gauge] = /^freshet_health\{state="([\w-]+)"\} 1$/m.exec(metrics) ?? []
  const { finding, object } = shown.causes[0] ?? { finding: '', object: '' }
  const isScraped = metrics.includes(
    `freshet_health_cause{cause="${finding}",object="${object}"} 1`,
  )
  const all = [before, firstOf(shown), firstOf(evidence), firstOf(await health())]
  const isSame = new Set(all).size === 1 && gauge === shown.state && isScraped
  if (!isSame) throw new Error(JSON.stringify([all, gauge, isScraped]))
  return status.code === UNHEALTHY ? true : undefined
}
