import { cp, mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { KAFKA_VERSION } from '@freshet/local-kafka'
import { expect, it } from 'vitest'
import { SIDECARS } from '../e2e/test-stack.ts'
import { missingRelease, releaseBefore, THIS_BUILD } from '../fleet/build.ts'
import { startSoakCluster, type SoakCluster } from './cluster.ts'
import { EVENTS } from './events.ts'
import { soakPage } from './page.ts'
import { timetable, type Planned } from './timetable.ts'
import { judge, seconds, type Happened, type Observed } from './verdict.ts'
import { FAST, startSoakWitness, type SoakWitness } from './witness.ts'

const MINUTE_MS = 60_000
const SET_UP_WITHIN_MS = 1_200_000
const CLEAR_WITHIN_MS = 60_000
const GIB = 2 ** 30

const minutes = Number(process.env['SOAK_MINUTES'] ?? '3')
const out = process.env['SOAK_OUT'] ?? ''
const show = (line: string): void => void process.stdout.write(`${line}\n`)

it(
  'nothing is lost, nothing is let in later than D, and each event is over within 10 s',
  async () => {
    const missing = await missingRelease()
    if (missing !== undefined) show(missing)
    const build = missing === undefined ? await releaseBefore() : THIS_BUILD
    show(`starting three brokers, Postgres and two of each service of ${build.name}`)
    await using cluster = await startSoakCluster(build)
    const pauses = monitorEventLoopDelay({ resolution: 20 })
    pauses.enable()
    const witness = await startSoakWitness(cluster.fleet.stack, FAST)
    const planned = timetable(minutes, { upgrade: build !== THIS_BUILD })
    const failures: string[] = []
    const onFailure = (failure: string): void => void failures.push(failure)
    const events = await runEvents({ cluster, witness, onFailure }, planned)
    await untilMs(witness, minutes * MINUTE_MS)
    const endedMs = witness.nowMs()
    pauses.disable()
    await witness.stop()
    await mkdir(out, { recursive: true })
    await cp(cluster.fleet.stack.workspace.logs, join(out, 'logs'), { recursive: true })
    const { ledger, outages } = witness
    const deaths = [...cluster.fleet.stack.deaths, ...failures]
    const lost = ledger.lost(SIDECARS)
    const { letIn, removals } = ledger
    const ended = withEnds(events, endedMs)
    const observed = {
      events: ended,
      outages: outages.until(endedMs),
      lost,
      letIn,
      removals,
      deaths,
    }
    const machine = `Load average at the end: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}. The witness itself paused for at most ${seconds(pauses.max / 1e6)}.`
    await report(observed, ledger.refusedAfterMs(), machine)
    expect(judge(observed).faults).toEqual([])
  },
  SET_UP_WITHIN_MS + 2 * minutes * MINUTE_MS,
)

type Began = Omit<Happened, 'endedMs'>

interface Run {
  readonly cluster: SoakCluster
  readonly witness: SoakWitness
  /** Called with the reason if an event did not go as planned, for instance because a process did not start. */
  readonly onFailure: (failure: string) => void
}

async function runEvents(
  { cluster, witness, onFailure }: Run,
  planned: readonly Planned[],
): Promise<readonly Began[]> {
  const happened: Began[] = []
  for (const { name, atMs } of planned) {
    await untilMs(witness, atMs)
    const round = happened.filter((event) => event.name === name).length
    const beganMs = witness.nowMs()
    const failed = async (error: unknown): Promise<void> => onFailure(`${name}: ${String(error)}`)
    const strike = EVENTS[name].strike(cluster, round)
    const repair = await strike.catch((error: unknown) => () => failed(error))
    happened.push({ name, beganMs, struckMs: witness.nowMs() })
    await repair().catch(failed)
    await witness.untilClear(CLEAR_WITHIN_MS)
    show(`${seconds(beganMs)}: ${name}; everything works at ${seconds(witness.nowMs())}`)
  }
  return happened
}

async function untilMs(witness: SoakWitness, atMs: number): Promise<void> {
  await wait(Math.max(0, atMs - witness.nowMs()))
}

function withEnds(events: readonly Began[], endedMs: number): readonly Happened[] {
  return events.map((event, at) => ({ ...event, endedMs: events[at + 1]?.beganMs ?? endedMs }))
}

async function report(
  observed: Observed,
  refusedAfterMs: readonly number[],
  machine: string,
): Promise<void> {
  const verdict = judge(observed)
  const at = (share: number): string =>
    seconds(refusedAfterMs[Math.floor(share * (refusedAfterMs.length - 1))] ?? 0)
  const about = [
    'Three brokers (SASL_SSL, the ACLs of `topic plan -o acl`), Postgres with TLS and a login for each service, two replicas of each service.',
    `From the answer of the gateway to the refusal at an edge: p50 ${at(0.5)}, p99 ${at(0.99)}, at most ${at(1)}.`,
    `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / GIB)} GiB, Node ${process.version}, Kafka ${KAFKA_VERSION}.`,
    machine,
  ]
  await writeFile(join(out, 'soak.html'), soakPage({ observed, verdict, about }))
  await writeFile(join(out, 'soak.json'), JSON.stringify({ observed, verdict, about }, null, 2))
  for (const { name, recoveredMs, longest, holds } of verdict.events) {
    const longestMs = longest === undefined ? 0 : longest.toMs - longest.fromMs
    show(
      `${holds ? '✓' : '✗'} ${name}: recovery ${seconds(recoveredMs)}, longest outage ${seconds(longestMs)}`,
    )
  }
  const { removals, lost, letIn } = observed
  show(`removals ${removals}, lost ${lost.length}, let in later than D ${letIn.length}`)
  for (const line of about) show(line)
}
