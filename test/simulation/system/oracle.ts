import { FreshetError, type StaleReason } from '@freshet/domain'
import type { Edge } from '@freshet/edge'
import { changePartitions } from '@freshet/events'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { D_MS, REGISTRY, TENANT, TOLERANCE_MS } from './deployment.ts'
import type { Entry } from './journal.ts'
import type { Fact } from './truth.ts'
import { violate, type HeldToken, type World } from './world.ts'

const LOOKS_EVERY_MS = 250
/** A token that an edge called stale is shown to it again in one look of so many. */
const STALE_LOOKS = 8

/** In one look of so many the feeds are looked at. */
const THROUGH_LOOKS = 4

/** What this life of an edge said. */
interface Said {
  /** Claims of tokens that it called stale, as `jti claim`. */
  readonly stale: Set<string>
  /** Tokens with no claim that it calls anything else. */
  readonly over: Set<string>
}

/** Presents every living token to every edge, again and again, and holds the verdicts to the truth. */
export function startOracle(world: World): void {
  const { kernel, edges, tokens, violations } = world
  const lives = new WeakMap<Edge, Said>()
  let looks = 0
  const look = (): void => {
    looks += 1
    const living = tokens.filter((token) => isAlive(world, token))
    for (const [name, edge] of edges) {
      const said = lives.get(edge) ?? { stale: new Set(), over: new Set() }
      lives.set(edge, said)
      for (const token of living)
        if (!said.over.has(token.jti) || looks % STALE_LOOKS === 0)
          void present(world, { name, edge, said }, token)
    }
    if (looks % THROUGH_LOOKS === 0) checkThrough(world)
    if (violations.length === 0) kernel.after(LOOKS_EVERY_MS, look)
  }
  kernel.after(0, look)
}

/**
 * S17: where a source is heard up to a time, everything that it committed until then is recorded, or
 * was lost by the broker and said again in a full statement.
 */
function checkThrough(world: World): void {
  const { database, journals } = world
  for (const { source, partition, feed } of database.feeds.values()) {
    const isRecorded = ({ id }: Entry): boolean =>
      database.changeLog.get(JSON.stringify([TENANT, source, id, partition])) !== undefined
    const entries = journals.find((journal) => journal.source === source)?.entries ?? []
    const stated = entries.findLastIndex((entry) => isStated(entry.fact) && isRecorded(entry))
    for (const [at, entry] of entries.entries()) {
      if (entry.change.occurredAtMs > (feed.throughMs ?? 0)) break
      if (!changePartitions(entry.change).includes(partition) || isRecorded(entry)) continue
      if (world.lost.has(entry.id) && at < stated) continue
      violate(world, 'S17', `${source} is heard in ${partition} beyond ${entry.id}, not recorded`)
    }
  }
}

function isStated(fact: Fact): boolean {
  return fact.kind === 'statement' && fact.border === 'end'
}

/** Whether no clock that is allowed holds the token for expired. */
export function isAlive({ kernel }: World, { expMs }: HeldToken): boolean {
  return EPOCH_MS + kernel.nowMs < expMs - TOLERANCE_MS
}

interface At {
  readonly name: string
  readonly edge: Edge
  readonly said: Said
}

async function present(world: World, at: At, token: HeldToken): Promise<void> {
  const answer = await at.edge.verify(token.jwt).catch((error: unknown) => {
    if (error instanceof FreshetError && error.code === 'keys.unavailable') return
    violate(world, 'V4', `${at.name} refuses ${token.jti}: ${String(error)}`)
  })
  if (answer === undefined) return
  let isOver = true
  for (const [claim, verdict] of answer.verdicts) {
    world.faults.count(`verdict ${verdict.kind}`)
    if (verdict.kind === 'stale') noteStale(world, at, `${token.jti} ${claim}`, verdict.reason)
    else isOver = false
    if (verdict.kind === 'fresh') checkFresh(world, at, token, claim)
  }
  if (isOver) at.said.over.add(token.jti)
}

function noteStale(
  { kernel, staleSince }: World,
  { said }: At,
  key: string,
  reason: StaleReason,
): void {
  said.stale.add(key)
  const isMarked = reason !== 'incarnation' && reason !== 'policy-version'
  if (isMarked && !staleSince.has(key)) staleSince.set(key, kernel.nowMs)
}

/** S2: whoever is silent for longer than D is not believed: the claim's source, and the watched. */
function checkSilence(world: World, claim: string, where: string): void {
  const { claims, account, cutOffs } = REGISTRY
  for (const source of [claims.get(claim)?.source ?? '', account, ...cutOffs]) {
    const silentMs = world.kernel.nowMs - (world.spokeMs.get(source) ?? 0)
    if (silentMs > D_MS) violate(world, 'S2', `${where}; ${source} is silent for ${silentMs} ms`)
  }
}

/**
 * S1: what is called fresh was not lost longer ago than D. S10: nothing un-revokes, at one edge at
 * once, at others when D is over.
 */
function checkFresh(world: World, at: At, token: HeldToken, claim: string): void {
  const { nowMs } = world.kernel
  const where = `${at.name} calls ${claim} of ${token.jti} (${token.sub}) fresh`
  checkSilence(world, claim, where)
  const loss = world.truth.loss(token, claim)
  if (loss !== undefined && loss.atMs < nowMs - D_MS)
    violate(world, 'S1', `${where}, ${nowMs - loss.atMs} ms after: ${loss.why}`)
  const key = `${token.jti} ${claim}`
  const firstMs = world.staleSince.get(key) ?? Infinity
  if (at.said.stale.has(key)) violate(world, 'S10', `${where}, and called it stale before`)
  else if (firstMs < nowMs - D_MS)
    violate(world, 'S10', `${where}; another edge called it stale at ${firstMs}`)
}
