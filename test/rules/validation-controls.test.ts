import {
  after,
  judge,
  partitionOf,
  scopeKey,
  vouch,
  type ClaimMap,
  type JudgedToken,
  type Position,
  type PositionedKnowledge,
  type Scope,
  type Verdict,
} from '@freshet/protocol'
import { randomOf, type Random } from '../simulation/random.ts'
import { expect, test } from 'vitest'

/**
 * Rule 40 in a small world with random events. One subject gains and loses a claim. The authority possibly
 * reads a database that was restored, or a copy that is late by less than a lease. The edge possibly had no
 * room for a watermark, so that it asks about everything.
 */
const SEEDS = 300
const STEPS = 40
const LEASE_MS = 5_000
const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const HERE = partitionOf(alice)
const SCOPE = scopeKey({ kind: 'subject', subject: alice, claim: 'groups' })

const mapped = {
  source: 'hr',
  kind: 'authoritative',
  onUnverified: 'deny',
  polarity: 'grant',
  from: [],
} as const
const map: ClaimMap = {
  version: 1,
  account: 'hr',
  cutOffs: [],
  leasesMs: new Map([['hr', LEASE_MS]]),
  claims: new Map([['groups', mapped]]),
}

/** The result of one commit of the recorder: position, watermark and `through` in one. */
interface Snapshot {
  readonly e: bigint
  readonly next: bigint
  readonly watermark: Position | undefined
  readonly throughMs: number
  readonly holds: boolean
}

function knowledgeOf(at: Snapshot, wallMs: number, hasRoom = true): PositionedKnowledge {
  const isFreshHere = hasRoom && at.throughMs >= wallMs - LEASE_MS
  return {
    map,
    minimumPv: 0,
    incarnation: () => at.e,
    watermark: (scope: Scope) =>
      hasRoom && scopeKey(scope) === SCOPE && at.watermark ? { position: at.watermark } : undefined,
    denial: () => undefined,
    trust: () => (isFreshHere ? { fresh: true } : { fresh: false }),
    position: (partition) => ({ e: at.e, offset: partition === HERE ? at.next : 0n }),
  }
}

/** The answers of an authority: with the rule, or without a part of it. */
type Authority = (token: JudgedToken, edge: Snapshot, own: PositionedKnowledge) => Verdict

const asBuilt: Authority = (token, edge, own) => {
  const known = [{ partition: HERE, e: edge.e, offset: edge.next }]
  return vouch(token, ['groups'], known, own).get('groups') ?? { kind: 'unverified', source: '' }
}
const withoutPositions: Authority = (token, _, own) => judge(token, 'groups', own)

/** A world with a random history, and whether a lost claim was allowed in it. */
class World {
  readonly #random: Random
  readonly #history: Snapshot[] = [
    { e: 1n, next: 0n, watermark: undefined, throughMs: 0, holds: false },
  ]
  #nowMs = 0
  #published = 0
  allowed = 0

  constructor(random: Random) {
    this.#random = random
  }

  step(): void {
    this.#nowMs += this.#random.below(800)
    const last = this.#at(-1)
    const next = last.next + 1n
    const change = this.#random.below(3)
    const watermark = change === 0 && last.holds ? after(last.e, last.next) : last.watermark
    const holds = change === 0 ? false : change === 1 || last.holds
    this.#history.push({ ...last, next, watermark, holds, throughMs: this.#nowMs })
    if (this.#random.below(4) > 0) this.#published = this.#history.length - 1
  }

  /** Returns whether a request was allowed by a claim that was lost before the edge's position. */
  requestIsUnsafe(authority: Authority): boolean {
    const minted = this.#at(this.#back(8))
    const edge = this.#at(this.#published)
    if (!minted.holds) return false
    const token = tokenAt(minted)
    const hasRoom = this.#random.below(2) === 0
    const authoritySnapshot = this.#at(this.#back(6))
    const own = judge(token, 'groups', knowledgeOf(edge, this.#nowMs, hasRoom))
    if (own.kind === 'stale') return false
    const answered = authority(token, edge, knowledgeOf(authoritySnapshot, this.#nowMs))
    if (answered.kind !== 'fresh') return false
    this.allowed += 1
    return judge(token, 'groups', knowledgeOf(edge, this.#nowMs)).kind === 'stale'
  }

  /** Returns one of the latest positions. */
  #back(most: number): number {
    return Math.max(0, this.#history.length - 1 - this.#random.below(most))
  }

  #at(index: number): Snapshot {
    const found = this.#history.at(index)
    if (found === undefined) throw new Error('no such moment')
    return found
  }
}

function tokenAt({ e, next }: Snapshot): JudgedToken {
  return {
    tenant: 'acme',
    issuer: 'https://tokens.example',
    kid: 'k1',
    jti: 't1',
    client: 'web',
    pv: 1,
    parties: [{ subject: alice, label: { e, s: next, c: 0n } }],
    claims: new Map([['groups', ['a']]]),
  }
}

/** Returns the seeds in which a lost claim was allowed, and the number of allowed requests. */
function explore(authority: Authority): { readonly unsafe: number[]; readonly allowed: number } {
  const unsafe: number[] = []
  let allowed = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const world = new World(randomOf(seed, 'validation'))
    for (let step = 0; step < STEPS; step++) {
      world.step()
      if (world.requestIsUnsafe(authority) && unsafe.at(-1) !== seed) unsafe.push(seed)
    }
    allowed += world.allowed
  }
  return { unsafe, allowed }
}

test('rule 40: an authority behind the edge’s positions lets no lost claim through', () => {
  const { unsafe, allowed } = explore(asBuilt)
  expect(unsafe).toEqual([])
  expect(allowed).toBeGreaterThan(SEEDS)
})

test('control of rule 40: without the position check a lost claim is let through', () => {
  expect(explore(withoutPositions).unsafe.length).toBeGreaterThan(SEEDS / 2)
})
