import { mint, subjectNow, type MintOrder, type SubjectNow } from '@freshet/authority'
import { FreshetError, invariant } from '@freshet/protocol'
import { memoryMintStore } from '@freshet/memory'
import { remote } from '../kernel/link.ts'
import type { Process } from '../kernel/process.ts'
import type { Wish } from './authorities.ts'
import { AUDIENCE, ISSUER } from './deployment.ts'
import { handingOn, SERVER } from './handing-on.ts'
import { introspecting, type Introspect } from './introspection.ts'
import { subjectOf } from './journal.ts'
import { notedMints, noteRefused } from './marks.ts'
import type { Issued } from './registry-truth.ts'
import { linkOf, loadPolicy, type World } from './world.ts'

/** An authority of a run whose registry changes, as a client and an admin call it. */
export interface Issuer {
  /** The policy version that it has loaded, which is not in force yet for a moment. */
  readonly pv: number
  readonly introspect: Introspect
  /** Mints a token. @throws the errors of `mint` */
  mint(wish: Wish): Promise<Issued>
  /** Exchanges a received token for one with a further actor. @throws the errors of an exchange and of `mint` */
  handOn(token: Issued, actor: string): Promise<Issued>
  /** Returns the state of a subject, as `freshet subject get` shows it. */
  report(sub: string): Promise<SubjectNow>
}

/** The product's mint, exchange and reports, by the policy version that the process loaded at its start. */
export function startRegistryAuthority(world: World, process: Process): void {
  const { kernel, guards } = world
  const loaded = loadPolicy(world, process)
  const { registry } = loaded
  const ids = kernel.random(`ids ${process.name} ${kernel.nowMs}`)
  const exchange = handingOn(world, process, loaded)
  const audience = registry.audiences.get(AUDIENCE.name)
  const store = remote(
    notedMints(memoryMintStore(world.database), world.note),
    linkOf(world, process, 'database'),
  )
  const { tenant } = world
  world.issuers.set(process.name, {
    pv: registry.version,
    introspect: introspecting(world, process, loaded),
    mint: mintFor,
    handOn,
    report: (sub) =>
      subjectNow(subjectOf(tenant, sub), {
        store: memoryMintStore(world.database),
        clock: process.timer,
        issuer: ISSUER,
        loaded,
      }),
  })
  process.onDeath(() => world.issuers.delete(process.name))

  async function mintFor(wish: Wish): Promise<Issued> {
    const [subject, ...actors] = [wish.sub, ...wish.actors].map((sub) => subjectOf(tenant, sub))
    invariant(subject !== undefined, 'A token has a subject.')
    const parties = [subject, ...actors] as const
    if (audience === undefined) throw new FreshetError('grant.invalid', 'No such audience.')
    return minted(wish, { tenant, parties, client: wish.client, audience })
  }

  async function handOn(token: Issued, actor: string): Promise<Issued> {
    const requestedMs = kernel.nowMs
    const order = await exchange(token, actor)
    const wish = { sub: token.sub, client: SERVER, actors: [actor, ...token.actors] }
    return minted(wish, guards.exchanges?.(order) ?? order, requestedMs)
  }

  async function minted(
    { sub, client, actors }: Wish,
    order: MintOrder,
    requestedMs = kernel.nowMs,
  ): Promise<Issued> {
    // No identity provider of an unregistered issuer has keys, so none of its tokens is exchanged.
    const providers = registry.tenants.get(tenant)?.identityProviders ?? []
    if (!order.parties.every(({ iss }) => providers.some(({ issuer }) => issuer === iss)))
      throw new FreshetError('grant.invalid', 'The issuer is not registered.')
    const { jwt, jti, expMs } = await mint(order, {
      store: guards.mints?.(store) ?? store,
      clock: process.timer,
      randomId: () => `t-${ids.below(2 ** 32).toString(36)}-${ids.below(2 ** 32).toString(36)}`,
      keys: () => world.keys.tokens,
      issuer: ISSUER,
      loaded,
    }).catch((error: unknown) => {
      noteRefused(error, world.note)
      throw error
    })
    const values = valuesOf(jwt, [...registry.claims.keys()])
    const shown = [...values].map(([claim, some]) => `${claim} ${some.join('+')}`).join(', ')
    process.log(`mints ${jti} for ${[sub, ...actors].join(' by ')}: ${shown}`)
    const names = { jwt, jti, sub, actors, tenant, client, audience: AUDIENCE.name }
    return { ...names, pv: registry.version, values, requestedMs, bornMs: kernel.nowMs, expMs }
  }
}

function valuesOf(jwt: string, claims: readonly string[]): Issued['values'] {
  const text = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()
  const payload = JSON.parse(text) as Readonly<Record<string, readonly string[]>>
  return new Map(claims.map((claim) => [claim, payload[claim] ?? []]))
}
