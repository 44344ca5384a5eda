import type { ReplayOrder, ReplayResult } from '@freshet/reconciler'
import { Process } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import { ask, type Asking } from './ask.ts'
import { DIRECTORY } from './deployment.ts'
import type { GatewayCalls } from './gateways.ts'
import type { Entry } from './journal.ts'
import type { QuarantinedIn } from './quarantine-calls.ts'
import { nameIn, violate, type World } from './world.ts'

const DRY = 0.2
const DROPPED = 0.1
/** The share of unreadable records that operators drop, often while their doubt is not settled. */
const UNREADABLE_DROPPED = 0.6
const AGAIN = 0.3
/** The share of records that two operators handle at once. */
const TWICE = 0.2

/** The handling of one quarantined record by operators. */
interface Turn {
  readonly world: World
  readonly process: Process
  readonly random: Random
  readonly gateways: Asking<GatewayCalls>
}

/**
 * Operators who work on quarantined records: they replay and drop them, each again and two at once. Once the
 * faults are over, they replay every genuine record that could not be proven when it came.
 */
export function startReplays(world: World): void {
  const { kernel, mix, faults, gateways: servers } = world
  if (mix.replayEveryMs === 0) return
  const process = new Process(nameIn(world, 'quarantine'), kernel, { offsetMs: 0 })
  const random = kernel.random(process.name)
  const turn = { world, process, random, gateways: { asker: process, servers, random } }
  void work()

  async function work(): Promise<void> {
    for (;;) {
      await process.wait(random.between(mix.replayEveryMs >> 1, mix.replayEveryMs * 1.5))
      const waiting = (await ask(world, turn.gateways, (gateway) => gateway.quarantined())) ?? []
      const genuine = waiting.filter((record) => isMissing(world, entryOf(world, record)))
      const meant = faults.isOver || random.chance(0.5) ? genuine : waiting
      if (meant.length === 0) continue
      const unreadable = meant.filter(({ isUnreadable }) => isUnreadable)
      const one = random.pick(unreadable.length > 0 ? unreadable : meant)
      const share = one.isUnreadable ? UNREADABLE_DROPPED : DROPPED
      if (!faults.isOver && random.chance(share)) await drop(turn, one)
      else await replay(turn, one)
    }
  }
}

async function replay(turn: Turn, record: QuarantinedIn): Promise<void> {
  const { world, random } = turn
  if (!world.faults.isOver && !world.faults.strike('replayed')) return
  const order = { by: 'operator', reason: 'its key is published', dryRun: random.chance(DRY) }
  const orders = random.chance(TWICE) ? [order, order] : [order]
  const results = await Promise.all(orders.map((each) => put(turn, record, each)))
  for (const result of results) if (result !== undefined) noteResult(turn, record, result)
  if (results.some((result) => isRefused(result, 'limit'))) return drop(turn, record)
  const isTaken = results.some((result) => result?.kind === 'taken')
  if (!isTaken || !random.chance(AGAIN)) return
  const again = await put(turn, record, { ...order, dryRun: false })
  if (again !== undefined && !isRefused(again, 'already-replayed'))
    violate(world, 'V3', `${record.id} was replayed, and is ${again.kind} once more`)
}

function put(
  { world, gateways }: Turn,
  { id }: QuarantinedIn,
  order: ReplayOrder,
): Promise<ReplayResult | undefined> {
  return ask(world, gateways, (gateway) => gateway.replay(id, order))
}

/** S16: a source sent every record that is accepted. */
function noteResult({ world, process }: Turn, record: QuarantinedIn, result: ReplayResult): void {
  const { note, truth } = world
  const what = result.kind === 'refused' ? `not sent: ${result.why}` : result.kind
  note(`replay ${what}`)
  process.log(`replays ${record.id}, ${record.changeId}: ${what}`)
  if (result.kind !== 'taken') return
  const entry = entryOf(world, record)
  if (entry === undefined) violate(world, 'S16', `${record.id} is taken, and nobody said it`)
  else if (result.outcome !== 'repeat') {
    const { fact, atMs } = entry
    const isDeleted = truth.facts.some(
      (later) =>
        later.atMs > atMs &&
        later.fact.kind === 'account' &&
        later.fact.op === 'deleted' &&
        'sub' in fact &&
        later.fact.sub === fact.sub,
    )
    note(isDeleted ? 'replayed after a deletion' : 'replay applied')
  }
}

/** The record is gone permanently: its source sends a snapshot, if the dropped record was its own. */
async function drop(turn: Turn, record: QuarantinedIn): Promise<void> {
  const { world, process, random, gateways } = turn
  const entry = entryOf(world, record)
  if (!world.faults.strike('dropped')) return
  if (isMissing(world, entry)) world.lost.add(record.changeId)
  const dropped = await ask(world, gateways, (gateway) => gateway.drop(record.id))
  process.log(`drops ${record.id}, ${record.changeId}`)
  if (entry?.source === DIRECTORY) world.restate.get(DIRECTORY)?.()
  if (dropped !== true || !random.chance(AGAIN)) return
  const order = { by: 'operator', reason: null, dryRun: false }
  const again = await put(turn, record, order)
  if (again !== undefined && !isRefused(again, 'dropped') && !isRefused(again, 'already-replayed'))
    violate(world, 'V3', `${record.id} was dropped, and is ${again.kind}`)
}

function isRefused(result: ReplayResult | undefined, why: string): boolean {
  return result?.kind === 'refused' && result.why === why
}

/** Returns the fact of a source whose record this is. */
function entryOf({ journals }: World, { changeId }: QuarantinedIn): Entry | undefined {
  return journals.flatMap(({ entries }) => entries).find(({ id }) => id === changeId)
}

/** Returns whether it could not be proven, and is not recorded. */
export function isMissing({ database, tenant, lost }: World, entry: Entry | undefined): boolean {
  if (entry?.isUnproven !== true || lost.has(entry.id)) return false
  const rows = database.changeLog.values()
  return !rows.some(
    (row) => row.tenant === tenant && row.source === entry.source && row.id === entry.id,
  )
}
