import { FreshetError } from '@freshet/domain'
import type { Acceptance } from '@freshet/intake'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { Process, type WallClock } from '../kernel/process.ts'
import { elementAt } from '../element.ts'
import { ask } from './ask.ts'
import { LEASE_MS, TENANT } from './deployment.ts'
import { entryOf, type Entry, type Journal } from './journal.ts'
import type { Fact } from './truth.ts'
import { firstFacts, fullStatement, nextFact } from './workload.ts'
import { violate, type World } from './world.ts'

const HEARTBEAT_MS = 1_500
const BATCH = 3
const ASKS_EVERY_MS = 1_000
const STATEMENT_AGAIN_MS = 12_000
/** A source sends from two places at once. */
const SENDERS = [0, 1]
const COMMITS_EVERY_MS: Readonly<Record<string, number>> = { hr: 500, iga: 900, security: 4_000 }

/** A source: commits facts, sends each until it is answered, and says how far it told. */
export function startSource(world: World, journal: Journal, wall: WallClock): void {
  const { kernel, faults, truth } = world
  const { source, isDense, entries } = journal
  const process = new Process(source, kernel, wall)
  world.sources.push(process)
  const random = kernel.random(`source ${source}`)
  const work = kernel.random(`facts ${source}`)
  const gateways = { asker: process, servers: world.gateways, random }
  for (const fact of firstFacts(source)) commit(fact)
  kernel.every(
    COMMITS_EVERY_MS[source] ?? 1_000,
    work,
    () => {
      const fact = nextFact(world, source, work)
      if (fact !== undefined) commit(fact)
    },
    () => faults.isOver,
  )
  for (const sender of SENDERS) void keepSending(sender)
  void keepBeating()
  void keepAsking()

  function commit(fact: Fact): void {
    const entry = entryOf(journal, fact, {
      atMs: kernel.nowMs,
      occurredAtMs: process.timer.nowMs(),
    })
    entries.push(entry)
    truth.tell(entry)
    process.tell(`commits ${entry.id} ${JSON.stringify(fact)}`)
  }

  async function keepSending(sender: number): Promise<void> {
    for (;;) {
      await process.wait(faults.stallMs() + random.between(10, 120))
      // What is numbered goes in order, so both send the same; the rest is divided.
      const own = entries.filter((_, at) => isDense || at % SENDERS.length === sender)
      const mayGo = untilBorder(entries)
      const batch = own.filter((entry) => mayGo.has(entry)).slice(0, BATCH)
      if (batch.length > 0) await send(batch)
    }
  }

  async function send(batch: readonly Entry[]): Promise<void> {
    const envelopes = batch.map(({ change }) => ({ change }))
    const answers = await ask(world, gateways, (intake) => intake.acceptChanges(source, envelopes))
    answers?.forEach((answer, at) => take(answer, elementAt(batch, at)))
  }

  function take(answer: Acceptance, entry: Entry): void {
    if (answer.ok) {
      if (!entry.isAnswered) process.tell(`hears 202 for ${entry.id}`)
      entry.isAnswered = true
    } else refused(answer.error)
  }

  function refused(error: FreshetError): void {
    const isExpected = error.disposition === 'retry' || error.code === 'event.sequence'
    if (!isExpected) violate(world, 'S11', `${source} is refused: ${error.code} ${error.message}`)
  }

  /**
   * Rule 37: the clock first, then the end of the feed, and only what was answered. Whoever numbers
   * leaves the second to the gateway, which knows whether each number was acknowledged.
   */
  async function keepBeating(): Promise<void> {
    for (;;) {
      await process.wait(HEARTBEAT_MS)
      const throughMs = process.timer.nowMs()
      const readMs = kernel.nowMs
      await process.wait(random.between(1, 40))
      const told = [...entries]
      await process.wait(random.between(1, 40))
      const isLying = world.guards.sourceSays === 'all is told'
      if (!isLying && !told.every(({ isAnswered }) => isAnswered || isDense)) continue
      world.spokeMs.set(source, readMs)
      await beat(throughMs, BigInt(told.length))
    }
  }

  /** Who is not heard for two leases, although it speaks, states everything anew. */
  async function keepAsking(): Promise<void> {
    let notBeforeMs = kernel.nowMs + STATEMENT_AGAIN_MS
    for (;;) {
      await process.wait(ASKS_EVERY_MS)
      const status = await ask(world, gateways, (door) => door.status(source))
      const isTold = entries.every(({ isAnswered }) => isAnswered)
      const heardMs = kernel.nowMs + EPOCH_MS - (status?.throughMs ?? 0)
      const isUnheard = status !== undefined && isTold && heardMs > 2 * LEASE_MS
      if (!isUnheard || kernel.nowMs < notBeforeMs) continue
      notBeforeMs = kernel.nowMs + STATEMENT_AGAIN_MS
      faults.count('full statement')
      for (const fact of fullStatement(world, source)) commit(fact)
    }
  }

  async function beat(throughMs: number, sequence: bigint): Promise<void> {
    const heartbeat = { tenant: TENANT, source, throughMs, ...(isDense && { sequence }) }
    try {
      await ask(world, gateways, (intake) => intake.acceptHeartbeat(heartbeat))
    } catch (error) {
      if (error instanceof FreshetError) refused(error)
      else throw error
    }
  }
}

/** What is not answered yet and may be sent: a border of a full statement goes alone. */
function untilBorder(entries: readonly Entry[]): ReadonlySet<Entry> {
  const waiting = entries.filter(({ isAnswered }) => !isAnswered)
  const border = waiting.findIndex(({ fact }) => fact.kind === 'statement')
  if (border < 0) return new Set(waiting)
  return new Set(waiting.slice(0, Math.max(1, border)))
}
