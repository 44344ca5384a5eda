import { mint, type MintOrder, type MintStore } from '@freshet/authority'
import { PARTITIONS } from '@freshet/protocol'
import { memoryMintStore } from '@freshet/memory'
import { remote } from '../kernel/link.ts'
import type { Process } from '../kernel/process.ts'
import * as deployment from './deployment.ts'
import { handingOn } from './handing-on.ts'
import { introspecting, type Introspect } from './introspection.ts'
import { subjectOf } from './journal.ts'
import { notedMints, noteRefused } from './marks.ts'
import { isPromised, linkOf, loadPolicy, violate, type HeldToken, type World } from './world.ts'

/** A token that a client wants. */
export interface Wish {
  readonly sub: string
  readonly client: string
  /** The chain of actors for the subject; the first acts now. */
  readonly actors: readonly string[]
}

/** An authority, as a client calls it. */
export interface MintedByUs {
  readonly introspect: Introspect
  /** Mints for a client of a tenant. @throws the errors of `mint` */
  mint(wish: Wish, of: World): Promise<HeldToken>
  /**
   * Exchanges a received token for one with a further actor. @throws the errors of an exchange and of `mint`
   */
  handOn(token: HeldToken, actor: string, of: World): Promise<HeldToken>
}

/**
 * The product's mint. Its request limiter and its authentication of clients are not part of the simulation.
 */
export function startAuthority(world: World, process: Process): void {
  const { kernel, guards } = world
  const loaded = loadPolicy(world, process)
  const ids = kernel.random(`ids ${process.name} ${kernel.nowMs}`)
  const introspect = introspecting(world, process, loaded)
  const exchange = handingOn(world, process, loaded)
  world.authorities.set(process.name, { mint: mintFor, handOn, introspect })
  process.onDeath(() => world.authorities.delete(process.name))

  async function mintFor(wish: Wish, of: World): Promise<HeldToken> {
    const { tenant } = of
    const acting = wish.actors.map((actor) => subjectOf(tenant, actor))
    const parties = [subjectOf(tenant, wish.sub), ...acting] as const
    const given = guards.parties?.(parties) ?? parties
    const { client } = wish
    return minted(wish, { tenant, parties: given, client, audience: deployment.AUDIENCE }, of)
  }

  async function handOn(token: HeldToken, actor: string, of: World): Promise<HeldToken> {
    const order = await exchange(token, actor)
    const { sub, actors } = token
    const wish = { sub, client: order.client, actors: [actor, ...actors] }
    const next = await minted(wish, guards.exchanges?.(order) ?? order, of, token)
    if (next.expMs > token.expMs) violate(of, 'S26', `${next.jti} outlives ${token.jti}`)
    return next
  }

  async function minted(
    { sub, client, actors }: Wish,
    order: MintOrder,
    of: World,
    from?: HeldToken,
  ): Promise<HeldToken> {
    const { tenant } = of
    const basis = new Basis(of)
    const store = remote(
      basis.watching(notedMints(memoryMintStore(world.database), world.note)),
      link(),
    )
    const { jwt, jti, expMs } = await mint(order, {
      store: guards.mints?.(store) ?? store,
      clock: process.timer,
      randomId: () => `t-${ids.below(2 ** 32).toString(36)}-${ids.below(2 ** 32).toString(36)}`,
      keys: () => world.keys.tokens,
      issuer: deployment.ISSUER,
      loaded,
    }).catch((error: unknown) => {
      noteRefused(error, world.note)
      throw error
    })
    const acting = actors.length === 0 ? '' : `, ${actors.join(' for ')} acting`
    const handed = from === undefined ? '' : `, from ${from.jti}`
    process.log(`mints ${jti} for ${sub}${acting}${handed}`)
    const token = {
      jwt,
      jti,
      sub,
      actors,
      client,
      expMs,
      tenant,
      basis: basis.ids,
      lost: new Set(world.lost),
      kid: String(partOf(jwt, 0)['kid']),
      pv: loaded.registry.version,
      values: valuesOf(jwt),
    }
    if (token.kid !== deployment.TOKEN_KEYS[0]?.kid) world.note('minted by a later key')
    checkBorn(of, token, basis.atRecord)
    if (from !== undefined) checkHandedOn(of, { token, from }, basis.atRecord)
    return token
  }

  function link(): ReturnType<typeof linkOf> {
    return linkOf(world, process, 'database')
  }
}

/**
 * The recorded facts at the reading of a token's claims; for several readings, the facts that each of them
 * saw.
 */
class Basis {
  ids: ReadonlySet<string> = new Set()
  /** The recorded facts at the recording of the token's own rows. */
  atRecord: ReadonlySet<string> = new Set()
  readonly #world: World
  #isOpen = false

  constructor(world: World) {
    this.#world = world
  }

  watching(store: MintStore): MintStore {
    return {
      ...store,
      snapshot: (query) => {
        const seen = recorded(this.#world)
        const before = this.#isOpen ? this.ids : seen
        this.ids = seen === before ? seen : new Set([...seen].filter((id) => before.has(id)))
        this.#isOpen = true
        return store.snapshot(query)
      },
      recordAndRecheck: (minted, query) => {
        this.#isOpen = false
        this.atRecord = recorded(this.#world)
        return store.recordAndRecheck(minted, query)
      },
    }
  }
}

const recordedOf = new WeakMap<
  World,
  { readonly version: number; readonly ids: ReadonlySet<string> }
>()

/** Returns the ids in the change log; the same set for as long as the log does not change. */
function recorded(world: World): ReadonlySet<string> {
  const { tenant } = world
  const { changeLog } = world.database
  const { version } = changeLog
  const before = recordedOf.get(world)
  if (before?.version === version) return before.ids
  const rows = changeLog.values()
  // The end of a snapshot counts in each partition from its place there.
  const ends = new Map<string, number>()
  for (const { kind, id, tenant: of } of rows)
    if (kind === 'snapshot-end' && of === tenant) ends.set(id, (ends.get(id) ?? 0) + 1)
  // A record without even a subject concerns an unknown subject.
  const isKnown = ({ outcome, kind, subject, ...row }: (typeof rows)[number]): boolean =>
    row.tenant === tenant &&
    outcome !== 'quarantined' &&
    (kind !== 'unreadable' || subject !== null) &&
    (kind !== 'snapshot-end' || ends.get(row.id) === PARTITIONS.length)
  const ids = new Set(rows.flatMap((row) => (isKnown(row) ? row.id : [])))
  recordedOf.set(world, { version, ids })
  return ids
}

/** S7: no change that was recorded before the token's own rows removes any of its claims. */
function checkBorn(world: World, token: HeldToken, atRecord: ReadonlySet<string>): void {
  const isSame = token.basis === atRecord
  const ids = isSame ? atRecord : new Set([...token.basis, ...atRecord])
  const known = world.truth.knowing(ids, token)
  for (const claim of deployment.AUDIENCE.claims) {
    const loss = known.loss(token, claim, isPromised(world))
    if (loss !== undefined)
      violate(world, 'S7', `${token.jti} left, and was born without: ${loss.why}`)
  }
}

/**
 * S7: no change that was recorded before the token's own rows had ended the token that it was exchanged from.
 */
function checkHandedOn(
  world: World,
  { token, from }: { readonly token: HeldToken; readonly from: HeldToken },
  atRecord: ReadonlySet<string>,
): void {
  const end = world.truth.knowing(atRecord, from).ending(from)
  if (end !== undefined) violate(world, 'S7', `${token.jti} left, from ${from.jti}: ${end.why}`)
}

/** Returns the claims of a token, as any reader reads them. */
function valuesOf(jwt: string): ReadonlyMap<string, readonly string[]> {
  const payload = partOf(jwt, 1) as Readonly<Record<string, readonly string[]>>
  return new Map(deployment.AUDIENCE.claims.map((claim) => [claim, payload[claim] ?? []]))
}

function partOf(jwt: string, part: 0 | 1): Readonly<Record<string, unknown>> {
  const text = Buffer.from(jwt.split('.')[part] ?? '', 'base64url').toString()
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}
