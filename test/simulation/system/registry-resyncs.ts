import { PARTITIONS } from '@freshet/protocol'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { LEASE_MS } from './deployment.ts'
import type { RegistrySource } from './registry-source.ts'
import type { OwnedClaim, RegistryState } from './registry-state.ts'

const POLL_EVERY_MS = 1_000
/** A person finds out that a version gave the source something, and exports a file. */
const FINDS_OUT_MS = [300, 6_000] as const
const AGAIN_MS = 3_000
/** The command waits for so long until every partition has compared the file. */
const COMPARED_WITHIN_MS = 8_000
const SILENT_AGAIN_MS = 12_000
const BROKEN_OFF = 0.5

const demands = new WeakMap<RegistrySource, { readonly sinceMs: number; readonly why: string }>()

/** A person is to let the source resync; the run is not over before that is done. */
export function demand(source: RegistrySource, why: string): void {
  const { orders, kernel } = source.world
  source.process.log(`is to resync: ${why}`)
  orders.add(`resync of ${source.name}`)
  demands.set(source, { sinceMs: kernel.nowMs, why })
}

/** Repeats the documented resync until every partition has compared a snapshot that began after the demand. */
export async function keepResyncing(source: RegistrySource): Promise<void> {
  const { world, process, truth, name, random } = source
  for (;;) {
    await process.wait(POLL_EVERY_MS)
    if (given(source)) {
      source.known = truth.inForce
      const [soonMs] = FINDS_OUT_MS
      await process.wait(world.faults.isOver ? soonMs : random.between(...FINDS_OUT_MS))
      demand(source, 'a version gave it something')
    }
    if (source.statement !== undefined) await check(source)
    const due = demands.get(source)
    if (due === undefined || source.statement !== undefined || !truth.inForce.state.hasTenant)
      continue
    const isShort =
      !world.faults.isOver &&
      source.isCrowded &&
      random.chance(BROKEN_OFF) &&
      world.faults.strike('resync: broke off')
    void source.state({ isShort })
    process.log(`resyncs, because ${due.why}`)
    await process.wait(AGAIN_MS)
  }

  /** Returns whether a version since the last look gave the source claims, accounts, subjects or the tenant. */
  function given({ known }: RegistrySource): boolean {
    const now = truth.inForce
    const since = truth.versions.filter(({ pv }) => pv >= known.pv && pv <= now.pv)
    const isGiven = since.some(({ state }, at) => gives(since[at - 1]?.state ?? state, state))
    if (!isGiven) source.known = now
    return isGiven
  }

  function gives(before: RegistryState, state: RegistryState): boolean {
    const has = (claims: ReadonlyMap<string, OwnedClaim>): readonly string[] =>
      [...claims].flatMap(([claim, { source: owner, witness }]) =>
        owner === name ? claim : witness === name ? `${claim} of another` : [],
      )
    return (
      has(state.claims).some((claim) => !has(before.claims).includes(claim)) ||
      (state.account === name && before.account !== name) ||
      state.providers.some((provider) => !before.providers.includes(provider)) ||
      (state.hasTenant && !before.hasTenant)
    )
  }
}

/** Asks for the state of the snapshot that was sent last. */
async function check(source: RegistrySource): Promise<void> {
  const { statement, world, name } = source
  if (statement?.end?.isAnswered !== true) return
  const status = await source.channel.status().catch(() => undefined)
  // The broker can have lost its begin.
  const isKnown = status?.statement?.begin === statement.begin.id
  const partitions = isKnown ? (status.statement?.partitions ?? []) : []
  const states = PARTITIONS.map((each) => {
    return partitions.find(({ partition }) => partition === each)?.state ?? 'awaited'
  })
  const { kernel } = world
  const isShort = statement.end.fact.kind === 'statement' && statement.end.fact.isShort === true
  const isHeld = states.includes('held')
  if (!states.every((state) => state === 'ended')) {
    const isLate = kernel.nowMs > statement.end.atMs + COMPARED_WITHIN_MS
    if (!isHeld && !isLate && !states.includes('void')) return
    source.process.log(`finds its snapshot ${states.join(', ')}`)
    // The source means what the file leaves out, unless the file is truncated.
    if (isHeld && !isShort) return source.confirm(statement)
    source.statement = undefined
    return demand(source, 'its snapshot had no effect')
  }
  source.statement = undefined
  if (!statement.isWhole) return
  const due = demands.get(source)
  if (isShort) return demand(source, 'the file was truncated')
  if (due === undefined || statement.writtenMs < due.sinceMs) return
  demands.delete(source)
  world.orders.delete(`resync of ${name}`)
}

/** docs/recovery.md: a source whose heartbeats do not count resyncs. */
export async function keepAsking(source: RegistrySource): Promise<void> {
  const { kernel, faults } = source.world
  let notBeforeMs = kernel.nowMs + SILENT_AGAIN_MS
  for (;;) {
    await source.process.wait(AGAIN_MS)
    const status = await source.channel.status().catch(() => undefined)
    const isAllAnswered = source.journal.entries.every(({ isAnswered }) => isAnswered)
    const silentMs = kernel.nowMs + EPOCH_MS - (status?.throughMs ?? 0)
    if (status === undefined || !isAllAnswered || silentMs <= 2 * LEASE_MS) continue
    if (kernel.nowMs < notBeforeMs) continue
    notBeforeMs = kernel.nowMs + SILENT_AGAIN_MS
    faults.count('full statement')
    demand(source, 'its heartbeats do not count')
  }
}
