import { mint, type MintStore } from '@freshet/authority'
import { memoryMintStore } from '@freshet/memory'
import { ACME_IDP } from '@freshet/testkit'
import { remote } from '../kernel/link.ts'
import type { Process } from '../kernel/process.ts'
import * as deployment from './deployment.ts'
import { linkOf, violate, type HeldToken, type World } from './world.ts'

/** An authority, as a client asks it. */
export interface MintedByUs {
  /** @throws what `mint` throws */
  mint(sub: string, client: string): Promise<HeldToken>
}

/** The product's mint. Its door, which authenticates clients, is not part of the simulation. */
export function startAuthority(world: World, process: Process): void {
  const { kernel, guards } = world
  const ids = kernel.random(`ids ${process.name} ${kernel.nowMs}`)
  world.authorities.set(process.name, { mint: mintFor })
  process.onDeath(() => world.authorities.delete(process.name))

  async function mintFor(sub: string, client: string): Promise<HeldToken> {
    const basis = new Basis(world)
    const store = remote(basis.watching(memoryMintStore(world.database)), link())
    const { AUDIENCE, ISSUER, POLICY_HASH, REGISTRY, TENANT, TOKEN_KEY } = deployment
    const { jwt, jti, expMs } = await mint(
      {
        tenant: TENANT,
        parties: [{ tenant: TENANT, iss: ACME_IDP, sub }],
        client,
        audience: AUDIENCE,
      },
      {
        store: guards.mints?.(store) ?? store,
        clock: process.timer,
        randomId: () => `t-${ids.below(2 ** 32).toString(36)}-${ids.below(2 ** 32).toString(36)}`,
        keys: () => [TOKEN_KEY],
        issuer: ISSUER,
        loaded: { registry: REGISTRY, hash: POLICY_HASH },
      },
    )
    process.tell(`mints ${jti} for ${sub}`)
    const token = { jwt, jti, sub, client, expMs, values: valuesOf(jwt), basis: basis.ids }
    checkBorn(world, token, basis.atRecord)
    return token
  }

  function link(): ReturnType<typeof linkOf> {
    return linkOf(world, process, 'database')
  }
}

/** What was recorded when a token's claims were read: of several readings, what each of them saw. */
class Basis {
  ids: ReadonlySet<string> = new Set()
  /** What was recorded when the token's own rows were. */
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
        this.ids = new Set([...seen].filter((id) => before.has(id)))
        this.#isOpen = true
        return store.snapshot(query)
      },
      record: (minted) => {
        this.#isOpen = false
        this.atRecord = recorded(this.#world)
        return store.record(minted)
      },
    }
  }
}

function recorded({ database }: World): ReadonlySet<string> {
  const rows = database.changeLog.values()
  return new Set(rows.flatMap(({ id, outcome }) => (outcome === 'quarantined' ? [] : id)))
}

/** S7: nothing that was recorded before the token's own rows takes anything of it away. */
function checkBorn(world: World, token: HeldToken, atRecord: ReadonlySet<string>): void {
  const known = world.truth.knowing(new Set([...token.basis, ...atRecord]))
  for (const claim of deployment.AUDIENCE.claims) {
    const loss = known.loss(token, claim)
    if (loss !== undefined)
      violate(world, 'S7', `${token.jti} left, and was born without: ${loss.why}`)
  }
}

/** The claims of a token, as anybody reads them. */
function valuesOf(jwt: string): ReadonlyMap<string, readonly string[]> {
  const payload = JSON.parse(
    Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString(),
  ) as Readonly<Record<string, readonly string[]>>
  return new Map(deployment.AUDIENCE.claims.map((claim) => [claim, payload[claim] ?? []]))
}
