import { readFile } from 'node:fs/promises'
import { type Stack, startStack } from '@freshet/cli/stack'
import type { AssaultRequest, AssaultWorld, TargetService } from '../hostile/assault.ts'
import { requireEveryRoute } from '../hostile/targets.ts'
import {
  FLOOR,
  HOSTILE_METRICS,
  QUIET,
  RATE_PER_S,
  ROWS,
  type AttackRow,
  hostileTable,
} from '../hostile/figures.ts'
import type { AttackOrder, AttackPlan, AttackReport } from '../hostile/attack-process.ts'
import type { OthersOrder, OthersReport, PreparedOthers } from '../hostile/others-process.ts'
import { BODY_BYTES, manyValues } from '../hostile/worst-bodies.ts'
import { Latencies } from '../measure/latencies.ts'
import type { BenchChild } from '../run/child.ts'
import type { BenchContext, Reading, Readings, Scenario } from '../scenario.ts'
import { sampleOf } from '../measure/prometheus-histogram.ts'

const SPAN_MS = { quick: 2_000, full: 20_000 } as const
const REMOVALS = { quick: 4, full: 24 } as const
const CONNECTIONS = 64
const SERVICES = ['gateway', 'authority', 'sidecar', 'console'] as const
const PER_CENT = 100

/** Measures what the worst request of each door costs, and what others notice of a flood of it. */
export const attacking: Scenario = {
  metrics: HOSTILE_METRICS,
  inParts: true,
  onlyNamed: true,
  summary: hostileTable,
  run,
}

interface World {
  readonly stack: Stack
  readonly attacker: BenchChild
  readonly others: BenchChild
  /** Processor time of each service in a second without a flood. */
  readonly quietShares: Readonly<Record<TargetService, number>>
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startAttackedStack(context)
  await requireEveryRoute(stack.at)
  const { workspace, at } = stack
  const plan: AttackPlan = { connections: CONNECTIONS, ratePerS: RATE_PER_S }
  const attacker = context.child(new URL('../hostile/attack-process.js', import.meta.url), plan)
  const others = context.child(new URL('../hostile/others-process.js', import.meta.url), {
    workspace,
    at,
  })
  await Promise.all([attacker.receive(), others.receive()])
  const found: Record<string, Reading> = {}
  const quiet = await watchQuiet(context, stack, others)
  Object.assign(found, quiet.figures)
  const world = { stack, attacker, others, quietShares: quiet.shares }
  if (context.isWanted(FLOOR)) Object.assign(found, await attackSink(context, world))
  const voucherKid = await voucherKidOf(stack)
  for (const { id, target: address, who } of membersFirst().filter((row) =>
    context.isWanted(row.id),
  )) {
    const { stale } = await prepare(context, others)
    const target = { workspace, at, stale, voucherKid } satisfies AssaultWorld
    const request = address.assaults[who]?.(target)
    if (request === undefined) throw new Error(`Nothing attacks ${id}.`)
    const cpu = () => cpuSecondsOf(stack, address.service)
    const idle = world.quietShares[address.service]
    const attacked = await attack(context, world, {
      id,
      base: at[address.service],
      request,
      cpu,
      idle,
    })
    if (!(address.answers ?? []).includes(who)) requireRefused(id, attacked.report)
    Object.assign(found, attacked.figures)
  }
  return Object.fromEntries(Object.entries(found).map(([id, reading]) => [id, [reading]]))
}

/** Wrong credentials of strangers use up budgets of their addresses, which members would meet. */
function membersFirst(): readonly AttackRow[] {
  const isMember = ({ who }: AttackRow): boolean => who.startsWith('member')
  return [...ROWS.filter(isMember), ...ROWS.filter((row) => !isMember(row))]
}

/** The quiet time of the run, after a first round that warms everything up. */
async function watchQuiet(context: BenchContext, stack: Stack, others: BenchChild) {
  await prepare(context, others)
  await watch(context, others)
  await prepare(context, others)
  const before = await Promise.all(SERVICES.map((name) => cpuSecondsOf(stack, name)))
  const startMs = performance.now()
  const report = await watch(context, others)
  const after = await Promise.all(SERVICES.map((name) => cpuSecondsOf(stack, name)))
  const seconds = (performance.now() - startMs) / 1_000
  const entries = SERVICES.map((name, n) => [name, ((after[n] ?? 0) - (before[n] ?? 0)) / seconds])
  const shares = Object.fromEntries(entries) as World['quietShares']
  return { shares, figures: othersFigures(QUIET, report) }
}

async function attackSink(context: BenchContext, world: World): Promise<Record<string, Reading>> {
  const sink = context.child(new URL('../hostile/sink-process.js', import.meta.url), null)
  const base = await sink.receive<string>()
  await prepare(context, world.others)
  const request = { path: '/', headers: {}, body: manyValues(BODY_BYTES) }
  const cpu = (): Promise<number> => {
    sink.send('cpu')
    return sink.receive<number>()
  }
  const { figures } = await attack(context, world, { id: FLOOR, base, request, cpu, idle: 0 })
  await sink.end()
  return figures
}

interface Attack {
  readonly id: string
  readonly base: string
  readonly request: AssaultRequest
  /** Processor time of the flooded service so far, in seconds. */
  readonly cpu: () => Promise<number>
  readonly idle: number
}

async function attack(
  context: BenchContext,
  { attacker, others }: World,
  { id, base, request, cpu, idle }: Attack,
): Promise<{ readonly figures: Record<string, Reading>; readonly report: AttackReport }> {
  const before = await cpu()
  const startMs = performance.now()
  attacker.send({ base, request, ms: spanOf(context) } satisfies AttackOrder)
  const [report, watched] = await Promise.all([
    attacker.receive<AttackReport>(),
    watch(context, others),
  ])
  const seconds = (performance.now() - startMs) / 1_000
  const costS = (await cpu()) - before - idle * seconds
  const { first, answered, elapsedMs, cpuUs, statuses } = report
  if (answered === 0) throw new Error(`No request of ${id} was answered.`)
  const shown = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  context.progress(`${id}: first ${first.status}, then ${shown}`)
  if (watched.other !== undefined) context.progress(`${id}: ${watched.other}`)
  const figures = {
    [`${id}.bytes`]: first.bytes / 1_000,
    [`${id}.rate`]: (answered * 1_000) / elapsedMs,
    [`${id}.cost`]: (Math.max(0, costS) * 1e6) / answered,
    [`${id}.attacker`]: cpuUs / answered,
    ...othersFigures(id, watched),
  }
  return { figures, report }
}

function requireRefused(id: string, { statuses }: AttackReport): void {
  const taken = [...statuses.keys()].find((status) => status >= 200 && status < 300)
  // A batch whose items are refused is answered 207.
  if (taken !== undefined && taken !== 207) throw new Error(`${id} was answered ${taken}.`)
}

function prepare(context: BenchContext, others: BenchChild): Promise<PreparedOthers> {
  const removals = context.quick ? REMOVALS.quick : REMOVALS.full
  others.send({ kind: 'prepare', removals } satisfies OthersOrder)
  return others.receive<PreparedOthers>()
}

function watch(context: BenchContext, others: BenchChild): Promise<OthersReport> {
  others.send({ kind: 'watch', ms: spanOf(context) } satisfies OthersOrder)
  return others.receive<OthersReport>()
}

function spanOf({ quick }: BenchContext): number {
  return quick ? SPAN_MS.quick : SPAN_MS.full
}

function othersFigures(id: string, report: OthersReport): Record<string, Reading> {
  const { checks, unverified, sentNs, removalNs } = report
  return {
    [`${id}.unverified`]: (unverified / checks) * PER_CENT,
    [`${id}.removal`]: distributionOf(removalNs),
    [`${id}.sent`]: distributionOf(sentNs),
  }
}

function distributionOf(durationsNs: readonly number[]): Reading {
  const latencies = new Latencies()
  for (const durationNs of durationsNs) latencies.record(durationNs)
  return latencies.distribution('ms')
}

/** Starts every process of the stack, with sources that send heartbeats to the gateway. */
async function startAttackedStack(context: BenchContext): Promise<Stack> {
  const [{ brokers }, postgres] = await Promise.all([context.kafka(), context.postgres()])
  const stack = await startStack({
    dir: await context.tempDir(),
    signal: context.signal,
    stores: { brokers, databaseUrl: postgres.url },
    onStep: (sentence) => context.progress(sentence),
    onDeath: (name, what) => context.progress(`${name} died: ${what}`),
  })
  context.defer(() => stack.stop())
  return stack
}

/** Returns the `kid` of the key that signs vouchers. */
async function voucherKidOf({ workspace }: Stack): Promise<string> {
  const text = await readFile(workspace.voucherJwksFile, 'utf8')
  const { keys } = JSON.parse(text) as { readonly keys: readonly { readonly kid: string }[] }
  return keys[0]?.kid ?? ''
}

/** Returns the processor time of a service since its start, in seconds. */
async function cpuSecondsOf({ at }: Stack, service: TargetService): Promise<number> {
  const text = await (await fetch(new URL('/metrics', at[service]))).text()
  return sampleOf(text, 'process_cpu_seconds_total')
}
