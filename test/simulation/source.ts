import type { Change, ClaimSource, SourceName } from './record.ts'
import type { Steps } from './schedule.ts'
import { PARTITIONS, SILENT_MS } from './mix.ts'
import { isFaulty, note, realMs, type World } from './world.ts'
import { elementAt } from './element.ts'

interface Journal {
  readonly changes: Change[]
  /** The number of them that the broker acknowledged, as the source believes. */
  sent: number
  lastComplete: number
}

export const SCOPES_PER_PARTITION = 4

/** The claims of a tenant are its own. */
export function scopeOf(owner: ClaimSource, partition: number, at: number): string {
  return `claim.${partition}.${owner === 'hr' ? at : SCOPES_PER_PARTITION + at}`
}

/** A source: it commits losses, sends them in order until they are acknowledged, and sends heartbeats. */
export function* source(world: World, name: SourceName): Steps {
  const journals = PARTITIONS.map((): Journal => ({ changes: [], sent: 0, lastComplete: 0 }))
  let heartbeatAtMs = 0
  let pollAtMs = 0
  const cutOff = { untilMs: 0 }
  for (;;) {
    const now = world.schedule.nowMs
    if (isFaulty(world) && world.random.work.chance(50 / world.mix.lossEveryMs))
      commit(world, name, journals)
    yield world.random.work.between(5, 80)
    if (isCutOff(world, name, cutOff)) continue
    journals.forEach((journal, partition) => send(world, journal, partition))
    if (now >= pollAtMs) {
      pollAtMs = now + 1_500
      journals.forEach((journal, partition) => resendLost(world, name, journal, partition))
    }
    if (now < heartbeatAtMs || now > SILENT_MS) continue
    // The source reads the clock before the end of the feed, so later commits are not covered.
    const throughMs = realMs(world) + world.skewMs[name]
    const numbers = journals.map(({ changes }) => changes.length)
    yield world.random.work.between(1, 30)
    if (journals.some((journal, at) => journal.sent < (numbers[at] ?? 0))) continue
    heartbeatAtMs = now + 1_000
    journals.forEach((_, partition) => {
      const number = numbers[partition] ?? 0
      const id = `${name}.${partition}.hb.${throughMs}`
      append(world, partition, { id, source: name, number, throughMs, loss: null })
    })
  }
}

function commit(world: World, name: SourceName, journals: readonly Journal[]): void {
  const { work } = world.random
  const isDenial = name === 'sec' && work.chance(0.08)
  const partition = name === 'sec' ? 0 : work.pick(PARTITIONS.slice(1))
  const scope = isDenial
    ? `deny.${world.losses.size}`
    : lossOf(name, partition, work.below(SCOPES_PER_PARTITION))
  const times = world.losses.get(scope) ?? []
  world.losses.set(scope, times)
  times.push(world.schedule.nowMs)
  const journal = elementAt(journals, partition)
  const number = journal.changes.length + 1
  const loss = { scope, ordinal: times.length }
  const id = `${name}.${partition}.${number}`
  journal.changes.push({ id, source: name, number, throughMs: null, loss })
}

function lossOf(name: SourceName, partition: number, at: number): string {
  return name === 'sec' ? `account.${partition}.${at}` : scopeOf(name, partition, at)
}

function send(world: World, journal: Journal, partition: number): void {
  while (journal.sent < journal.changes.length) {
    const change = elementAt(journal.changes, journal.sent)
    if (!append(world, partition, change)) return
    journal.sent += 1
  }
}

/** The neighbour goes on to lose claims while it reaches no broker: only its own tenant is behind then. */
function isCutOff(world: World, name: SourceName, cutOff: { untilMs: number }): boolean {
  if (name !== 'neighbour' || !isFaulty(world)) return false
  const { work } = world.random
  const { nowMs } = world.schedule
  if (nowMs > cutOff.untilMs + 2_000 && work.chance(0.01))
    cutOff.untilMs = nowMs + work.between(2_000, 14_000)
  return nowMs < cutOff.untilMs
}

/** Returns true if the broker acknowledged it; otherwise the record landed or did not. */
function append(world: World, partition: number, change: Change): boolean {
  const topic = world.changes[partition]
  const isUnknown = isFaulty(world) && world.random.faults.chance(world.mix.unknownSend)
  if (isUnknown && world.random.faults.chance(0.5)) return false
  topic?.append([change], world.schedule.nowMs)
  return !isUnknown
}

/** The next number in the reconciler's status shows a source that a record was lost. */
function resendLost(world: World, name: SourceName, journal: Journal, partition: number): void {
  const complete = world.db[partition]?.feeds[name].complete ?? 0
  if (complete < journal.sent && complete === journal.lastComplete) {
    journal.sent = complete
    note(world, 'source-resend', `${name} ${partition} from ${complete}`)
  }
  journal.lastComplete = complete
}
