import { FreshetError } from '@freshet/protocol'
import { Process } from '../kernel/process.ts'
import { ask } from './ask.ts'
import type { Wish } from './authorities.ts'
import { TENANT } from './deployment.ts'
import { CLIENTS } from './workload.ts'
import { isAlive } from './oracle.ts'
import { nameIn, type World } from './world.ts'

const MINTS_EVERY_MS = 200
const HANDS_ON_EVERY_MS = 700
const DELEGATED = 0.25
/** The share of chains to which a further actor is added. */
const DELEGATED_ON = 0.3
const ACTORS_MAX = 3
/** The number of the latest ended tokens that are handed on. */
const NEAR = 5
/** Reasons for a refusal: a token that ended, or a subject that is disabled. */
const IN_VAIN: ReadonlySet<string> = new Set(['token.invalid', 'grant.invalid'])

/** Clients that request tokens for any subject, all the time. */
export function startClients(world: World): void {
  const { kernel, faults, tokens } = world
  const process = new Process(nameIn(world, 'clients'), kernel, { offsetMs: 0 })
  const random = kernel.random(process.name)
  const chains = kernel.random(`chains of ${process.name}`)
  const authorities = { asker: process, servers: world.authorities, random }
  const handing = kernel.random(`who hands on for ${process.name}`)
  kernel.every(
    HANDS_ON_EVERY_MS,
    handing,
    () => void handOn(),
    () => faults.isOver,
  )
  kernel.every(
    MINTS_EVERY_MS,
    random,
    () => void mintOne(wish()),
    () => faults.isOver,
  )

  /** Returns a subject, often the one of a change that is just being recorded. */
  function subject(): string {
    const last = world.truth.facts.at(-1)?.fact
    const isNear = last !== undefined && 'sub' in last && random.chance(0.5)
    return isNear ? last.sub : random.pick(world.cast.subjects)
  }

  function wish(): Wish {
    const sub = subject()
    const actor = random.pick(world.cast.subjects)
    const isDelegated = actor !== sub && random.chance(DELEGATED)
    return { sub, client: random.pick(CLIENTS), actors: isDelegated ? chain(sub, [actor]) : [] }
  }

  /** Returns a chain with each subject once: no subject acts for itself. */
  function chain(sub: string, actors: readonly string[]): readonly string[] {
    if (actors.length === ACTORS_MAX || !chains.chance(DELEGATED_ON)) return actors
    const next = chains.pick(world.cast.subjects)
    return next === sub || actors.includes(next) ? actors : chain(sub, [next, ...actors])
  }

  /** Hands a token on, often one that is about to end. The receiver, which is in no chain of it, acts. */
  async function handOn(): Promise<void> {
    const living = tokens.filter(
      (token) =>
        isAlive(world, token) && token.isStolen !== true && token.actors.length < ACTORS_MAX,
    )
    if (living.length === 0) return
    const ending = living.filter((token) => world.truth.ending(token) !== undefined)
    const isNear = ending.length > 0 && handing.chance(0.5)
    const token = handing.pick(isNear ? ending.slice(-NEAR) : living)
    const actor = handing.pick(world.cast.subjects)
    if (actor === token.sub || token.actors.includes(actor)) return
    const isEnded = world.truth.ending(token) !== undefined
    try {
      const callers = { ...authorities, random: handing }
      const next = await ask(world, callers, (authority) => authority.handOn(token, actor, world))
      if (next === undefined) return
      world.note('handed on')
      tokens.push(next)
    } catch (error) {
      const { code } = error as FreshetError
      if (!(error instanceof FreshetError && IN_VAIN.has(code))) throw error
      world.note(
        isEnded || code !== 'token.invalid' ? `handed on: ${code}` : 'ended while handed on',
      )
    }
  }

  async function mintOne(wanted: Wish): Promise<void> {
    try {
      const token = await ask(world, authorities, (authority) => authority.mint(wanted, world))
      faults.count(token === undefined ? 'not minted' : 'minted')
      if (token !== undefined && world.tenant !== TENANT) faults.count('minted next door')
      if (token !== undefined) tokens.push(token)
    } catch (error) {
      // A disabled subject, or one that is not known yet.
      if (!(error instanceof FreshetError && error.code === 'grant.invalid')) throw error
    }
  }
}
