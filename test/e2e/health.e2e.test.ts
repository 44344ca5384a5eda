import { CHANGES_TOPIC, encodeChange, parseChangeEvent } from '@freshet/wire'
import { createDatabase, inTransaction } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { extraSidecar } from './extra-sidecar.ts'
import { kafkaOf } from './direct-world.ts'
import { sourceOf } from './source.ts'
import { canRun, freeze, processOf, startWithOwnServers, type TestStack } from './test-stack.ts'

/** Faults of the figures show after a lease, an objective or a time limit; a busy machine is slower. */
const SHOWN_WITHIN_MS = 45_000
const OVER_WITHIN_MS = 90_000
const UNHEALTHY = 10

/** The verdict, as far as surfaces are compared. */
interface Verdict {
  readonly state: string
  readonly causes: readonly { readonly finding: string; readonly object: string }[]
}

/** Plants a fault; the returned function ends it. */
type Plant = () => Promise<() => unknown>

describe.runIf(canRun)('a planted fault is one verdict on every surface', () => {
  let stack: TestStack
  let cli: CliFolder
  const seen: string[][] = []
  beforeAll(async () => {
    stack = await startWithOwnServers((registry) => {
      registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
      registry.setIn(['sources', 'iga', 'lease'], '5s')
    })
    cli = await cliFolder(stack)
    await untilShown(({ state }) => state === 'fresh', OVER_WITHIN_MS)
  })
  afterAll(async () => {
    process.stdout.write(`${seen.map((row) => row.join(' | ')).join('\n')}\n`)
    await cli.dispose()
    await stack.stop()
  })

  async function ask(path: string): Promise<string> {
    const { token } = stack.describe().admin
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(new URL(path, stack.at.console), { headers })
    expect(answer.status).toBe(200)
    return answer.text()
  }
  const health = async (): Promise<Verdict> => JSON.parse(await ask('/v1/health')) as Verdict
  function untilShown(
    isMeant: (verdict: Verdict) => boolean,
    withinMs = SHOWN_WITHIN_MS,
  ): Promise<{ readonly value: Verdict; readonly ms: number }> {
    let last: unknown
    return until('the verdict', withinMs, async () => {
      const verdict = await health()
      last = verdict
      return isMeant(verdict) ? verdict : Promise.reject(new Error(JSON.stringify(last)))
    })
  }
  const firstOf = ({ state, causes: [first] }: Verdict): string =>
    `${state}: ${first?.finding} ${first?.object}`

  /** Returns the verdict of the evidence, which is read from the database. */
  const evidenced = async (): Promise<Verdict> =>
    (JSON.parse(await ask('/v1/evidence')) as { readonly health: Verdict }).health

  /** Compares the surfaces at a moment in which the verdict was the same before and after. */
  async function surfaces(): Promise<void> {
    await until('the same verdict everywhere', SHOWN_WITHIN_MS, async () => {
      const before = firstOf(await health())
      const status = await cli.freshet('status', '-o', 'json')
      const shown = JSON.parse(status.out) as Verdict
      const evidence = shown.state === 'unknown' ? shown : await evidenced()
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
    })
  }

  const down = (name: string): Plant => {
    return async () => {
      await processOf(stack, name).stop('SIGKILL')
      return () => processOf(stack, name).start()
    }
  }
  const hung = (name: string): Plant => {
    return () => Promise.resolve(freeze(stack, name))
  }
  const locked: Plant = async () => {
    const db = createDatabase({
      url: stack.at.databaseUrl,
      applicationName: 'freshet-e2e',
      max: 1,
    })
    const ended = new AbortController()
    const held = inTransaction(db, {}, async (tx) => {
      await tx.query({ name: '', text: 'SET LOCAL idle_in_transaction_session_timeout = 0' })
      await tx.query({ name: '', text: 'SELECT 1 FROM progress WHERE partition = 3 FOR UPDATE' })
      await new Promise((resolve) => ended.signal.addEventListener('abort', resolve))
    })
    return async () => {
      ended.abort()
      await held
      await db[Symbol.asyncDispose]()
    }
  }
  const goneEdge: Plant = async () => {
    const edge = await extraSidecar(stack, 'gone', {})
    await until('the edge reports', SHOWN_WITHIN_MS, async () =>
      (await ask('/v1/edges')).includes('sidecar:gone') ? true : undefined,
    )
    await edge.process.stop('SIGKILL')
    return () => undefined
  }
  const clockAhead: Plant = async () => {
    const source = sourceOf(stack, 'hr')
    const occurredAt = (): string => new Date(Date.now() + 2_000).toISOString()
    for (let n = 0; n < 6; n += 1) {
      const set = { op: 'set', subject: `skew-${n}`, claim: 'groups', value: ['staff'] }
      const event = await source.event(set)
      await source.post({
        ...event,
        data: { ...Object(event['data']), occurredAt: occurredAt() },
      })
    }
    return () => undefined
  }
  const hungBroker: Plant = () => Promise.resolve(stopped([storePid('kafka')]))
  /** Stops the processes of Postgres that serve the console, and the one that accepts connections. */
  const hungDatabase: Plant = async () => {
    const url = stack.at.databaseUrl
    await using db = createDatabase({ url, applicationName: 'freshet-e2e', max: 1 })
    const text = `SELECT pid FROM pg_stat_activity WHERE application_name = 'freshet-console'`
    const { rows } = await db.query<{ pid: number }>({ name: '', text })
    expect(rows.length).toBeGreaterThan(0)
    return stopped([storePid('postgres'), ...rows.map(({ pid }) => pid)])
  }
  function storePid(name: string): number {
    const pid = stack.describe().processes[name]
    if (pid === undefined) throw new Error(`The stack has no process ${name}.`)
    return pid
  }
  function stopped(pids: readonly number[]): () => void {
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    return () => {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
    }
  }
  const forged: Plant = async () => {
    const kafka = kafkaOf(stack)
    const set = { op: 'set', subject: 'forged', claim: 'groups', value: ['staff'] }
    const { change } = parseChangeEvent(await sourceOf(stack, 'hr').event(set))
    const unsigned = encodeChange(change, {})
    await kafka.writer().append(CHANGES_TOPIC, 1, [unsigned])
    await kafka.close()
    return () => undefined
  }

  it.each<[fault: string, first: string, plant: Plant]>([
    ['gateway down', 'not-fresh: serviceDown gateway', down('gateway')],
    ['gateway hung', 'not-fresh: serviceDown gateway', hung('gateway')],
    ['reconciler down', 'not-fresh: serviceDown reconciler', down('reconciler')],
    ['reconciler hung', 'not-fresh: serviceDown reconciler', hung('reconciler')],
    ['a partition is locked', 'not-fresh: partitionPaused Partition 3', locked],
    ['authority down', 'degraded: serviceDown authority', down('authority')],
    ['authority hung', 'degraded: serviceDown authority', hung('authority')],
    ['edge killed', 'degraded: serviceDown sidecar:2', down('sidecar:2')],
    ['edge paused', 'degraded: serviceDown sidecar:2', hung('sidecar:2')],
    ['source hr silent', 'not-fresh: sourceSilent hr', hung('source:hr')],
    ['source iga silent', 'not-fresh: sourceSilent iga', hung('source:iga')],
    ['source security silent', 'not-fresh: sourceSilent security', hung('source:security')],
  ])('%s: %s', (fault, first, plant) => shows(fault, first, plant))

  async function shows(fault: string, first: string, plant: Plant, ends = true): Promise<void> {
    const end = await plant()
    try {
      const { value, ms } = await untilShown((verdict) => firstOf(verdict) === first)
      await surfaces()
      seen.push([fault, first, `${(ms / 1_000).toFixed(1)} s`, String(value.causes.length)])
    } finally {
      await end()
    }
    const [, cause] = first.split(': ')
    if (ends)
      await untilShown((verdict) => !firstOf(verdict).endsWith(`: ${cause}`), OVER_WITHIN_MS)
    if (ends)
      await untilShown(({ state }) => state !== 'not-fresh' && state !== 'unknown', OVER_WITHIN_MS)
  }

  it('the database hangs: unknown, with the console that has no figures', async () => {
    await shows('database hung', 'unknown: consoleBlind console', hungDatabase)
  })

  it('the broker hangs: not fresh, and the services that wait for it are symptoms', async () => {
    await shows('broker hung', 'not-fresh: lagUnknown broker', hungBroker)
  })

  it.each([
    ['hung', hung('console')],
    ['down', down('console')],
  ])(
    'console %s: the command line calls the state unknown, because of the console',
    async (how, plant) => {
      const end = await plant()
      try {
        const { code, out } = await cli.freshet('status', '-o', 'json')
        expect([code, firstOf(JSON.parse(out) as Verdict)]).toEqual([
          UNHEALTHY,
          'unknown: consoleAway console',
        ])
        seen.push([`console ${how}`, 'unknown: consoleAway console', '', '1'])
      } finally {
        await end()
      }
      await untilShown(({ state }) => state !== 'unknown', OVER_WITHIN_MS)
    },
  )

  // These stay for an hour, or until an operator acts: they come last.
  it('the clock of a source is ahead', () =>
    shows('clock ahead', 'degraded: clockOff hr', clockAhead, false))

  it('a record without proof is in quarantine', async () => {
    await forged()
    await untilShown(({ causes }) => causes.some(({ finding }) => finding === 'parkedNotMeant'))
    await surfaces()
  })

  it('an edge ended without a report', async () => {
    await goneEdge()
    await untilShown(({ causes }) =>
      causes.some((each) => each.finding === 'edgeGone' && each.object === 'sidecar:gone'),
    )
    await surfaces()
  })
})
