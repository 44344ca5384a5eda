import { FreshetError } from '@freshet/protocol'
import { Process } from '../kernel/process.ts'
import { ask } from './ask.ts'
import type { Issuer } from './registry-authorities.ts'
import { isPartner, PEOPLE } from './registry-people.ts'
import type { Issued } from './registry-truth.ts'
import { checkIssued } from './truth-oracle.ts'
import { CLIENTS } from './workload.ts'
import type { World } from './world.ts'

const MINTS_EVERY_MS = 130
const HANDS_ON_EVERY_MS = 800
const DELEGATED = 0.2

/** Clients that request tokens for any subject, and services that hand tokens on. */
export function startRegistryClients(world: World): void {
  const { kernel, faults, issued, issuers } = world
  const process = new Process('clients', kernel, { offsetMs: 0 })
  const random = kernel.random('clients')
  const asking = { asker: process, servers: issuers, random }
  const isOver = (): boolean => faults.isOver
  kernel.every(MINTS_EVERY_MS, random, () => void mint(), isOver)
  kernel.every(HANDS_ON_EVERY_MS, random, () => void handOn(), isOver)

  async function mint(): Promise<void> {
    const sub = random.pick(PEOPLE)
    const actor = random.pick(PEOPLE)
    const actors = actor !== sub && random.chance(DELEGATED) ? [actor] : []
    await keep((issuer) => issuer.mint({ sub, client: random.pick(CLIENTS), actors }))
  }

  async function handOn(): Promise<void> {
    const living = issued.slice(-20).filter(({ actors }) => actors.length === 0)
    if (living.length === 0) return
    const token = random.pick(living)
    const actor = random.pick(PEOPLE.filter((sub) => sub !== token.sub && !isPartner(sub)))
    await keep((issuer) => issuer.handOn(token, actor))
  }

  async function keep(request: (issuer: Issuer) => Promise<Issued>): Promise<void> {
    try {
      const token = await ask(world, asking, request)
      faults.count(token === undefined ? 'not minted' : 'minted')
      if (token === undefined) return
      issued.push(token)
      checkIssued(world, token)
    } catch (error) {
      if (!(error instanceof FreshetError)) throw error
      world.note(`client hears ${error.code}`)
    }
  }
}
