import { EPOCH_MS } from '../kernel/kernel.ts'
import { LEASE_MS } from './deployment.ts'
import { openDoubts } from './doubts.ts'
import { isActive } from './handover.ts'
import type { Source } from './source.ts'
import { claimsOf } from './world.ts'

const POLL_EVERY_MS = 1_000
/** A request to a gateway is work, and a source whose heartbeats do not count finds out soon enough. */
const ASKS_EVERY_MS = 3_000
const STATEMENT_AGAIN_MS = 12_000
/** A doubt that is still there is settled again, because the topic can have lost the settling. */
const SETTLES_AGAIN_MS = 6_000
/** Probability that a source finds, in one round, that its versions went back. */
const FINDS_OUT = 0.2

/** Sends a snapshot if the source's heartbeats have not counted for two leases, although it sends. */
export async function keepAsking(source: Source): Promise<void> {
  const { kernel, faults } = source.world
  let notBeforeMs = kernel.nowMs + STATEMENT_AGAIN_MS
  for (;;) {
    await source.process.wait(ASKS_EVERY_MS)
    const status = await source.channel.status()
    const isAllAnswered = source.journal.entries.every(({ isAnswered }) => isAnswered)
    const silentMs = kernel.nowMs + EPOCH_MS - (status?.throughMs ?? 0)
    const isOverdue = status !== undefined && isAllAnswered && silentMs > 2 * LEASE_MS
    if (!isOverdue || kernel.nowMs < notBeforeMs) continue
    notBeforeMs = kernel.nowMs + STATEMENT_AGAIN_MS
    faults.count('full statement')
    source.stateAll()
  }
}

/** Sends a snapshot also if the source got a claim, or finds that it was restored from a copy of its own. */
export async function keepMending(source: Source): Promise<void> {
  const { world, journal, process, random } = source
  for (;;) {
    await process.wait(POLL_EVERY_MS)
    const isFound = world.faults.isOver || random.chance(FINDS_OUT)
    if (journal.versions.back > 0n && isFound) {
      journal.versions = { epoch: journal.versions.epoch + 1n, back: 0n }
      process.log(`finds that its versions went back; epoch ${journal.versions.epoch}`)
      source.stateAll()
    }
    const isGiven = claimsOf(world, source.name).length > source.speaker.claims.length
    if (isGiven && isActive(world)) source.takeOver()
  }
}

/** Rule 20: a source sends the claim in doubt again, with the records that caused the doubt. */
export async function keepSettling(source: Source): Promise<void> {
  const { kernel, faults, truth } = source.world
  const settledMs = new Map<string, number>()
  for (;;) {
    await source.process.wait(POLL_EVERY_MS)
    for (const { sub, claim, refs, key } of openDoubts(source.world, source.speaker.claims)) {
      if (kernel.nowMs < (settledMs.get(key) ?? 0) + SETTLES_AGAIN_MS) continue
      settledMs.set(key, kernel.nowMs)
      faults.count('doubt settled')
      const values = truth.holds(sub, claim)
      source.commit({ kind: 'claim', sub, claim, op: 'set', values }, { settles: refs })
    }
  }
}
