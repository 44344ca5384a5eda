import { sign } from 'node:crypto'
import { FreshetError } from '@freshet/protocol'
import type { Edge } from '@freshet/edge'
import { HEARTBEAT_TENANTS_MAX } from '@freshet/wire'
import { Process } from '../kernel/process.ts'
import { ask } from './ask.ts'
import { DIRECTORY, quietNames, REGISTRY, TENANT, TOKEN_KEYS } from './deployment.ts'
import { boundMs, isAlive } from './oracle.ts'
import { CLIENTS } from './workload.ts'
import { violate, type HeldToken, type World } from './world.ts'

const HEARTBEAT_MS = 1_500
const POLL_EVERY_MS = 1_000
/** Tenants that one round shows to each edge, beside the one that is left out. */
const SHOWN = 8
/** The claim of the shown tokens: it is of the account source, which every claim needs. */
const CLAIM = 'groups'
/** The source that leaves out a tenant, and the time from the start of the run until it does. */
const LEAVING_OUT = REGISTRY.account
const LEFT_OUT_AFTER_MS = [3_000, 7_000] as const

/** The tenants in which nothing ever changes. */
export interface QuietTenants {
  /** V2: every tenant but the one that is left out is fresh at every edge. */
  checkAtRest(): Promise<void>
}

/**
 * The sources send heartbeats for all quiet tenants, with as many in one as fit. One source leaves a tenant
 * out after some time. The claims of that tenant are unverified D after that at the latest (S2), and those of
 * no other tenant change.
 */
export function startQuietTenants(world: World): QuietTenants {
  const { kernel, mix } = world
  const random = kernel.random('quiet tenants')
  const names = quietNames(mix.quiet)
  const leftOut = random.pick(names)
  const leftOutMs = random.between(...LEFT_OUT_AFTER_MS)
  const spoken = new Map<string, number>()
  /** The start of the latest round of each source in which every request was answered. */
  const answeredMs = new Map<string, number>()
  const speakers = [...REGISTRY.sources.keys()].filter((id) => id !== DIRECTORY)
  for (const id of speakers) void keepBeating(id)
  runRound()
  return { checkAtRest }

  async function keepBeating(source: string): Promise<void> {
    const process = new Process(`${source} of quiet tenants`, kernel, { offsetMs: 0 })
    const gateways = {
      asker: process,
      servers: world.gateways,
      random: kernel.random(process.name),
    }
    const isDense = REGISTRY.sources.get(source)?.ordering === 'dense'
    for (;;) {
      await process.wait(HEARTBEAT_MS)
      const throughMs = process.timer.nowMs()
      const all = names.filter((name) => name !== leftOut || !isLeavingOut(source))
      const roundMs = kernel.nowMs
      let isAnswered = true
      spoken.set(source, roundMs)
      if (all.length === names.length) spoken.set(`${source} ${leftOut}`, kernel.nowMs)
      else world.note('tenant left out')
      for (let at = 0; at < all.length; at += HEARTBEAT_TENANTS_MAX) {
        const some = all.slice(at, at + HEARTBEAT_TENANTS_MAX)
        const tenants = some.map((tenant) => ({ tenant, ...(isDense && { sequence: 0n }) }))
        const answer = await ask(world, gateways, (gateway) =>
          gateway.acceptHeartbeats({ source, throughMs, tenants }),
        ).catch(unlessRetried)
        if (answer === undefined) isAnswered = false
      }
      if (isAnswered) answeredMs.set(source, roundMs)
    }
  }

  function isLeavingOut(source: string): boolean {
    return source === LEAVING_OUT && kernel.nowMs >= leftOutMs
  }

  function runRound(): void {
    const token = world.tokens.findLast((held) => held.isStolen !== true && isAlive(world, held))
    if (token !== undefined)
      for (const [name, edge] of world.edges)
        for (const tenant of [leftOut, ...Array.from({ length: SHOWN }, () => random.pick(names))])
          void show({ name, edge }, token, tenant)
    if (world.violations.length === 0) kernel.after(POLL_EVERY_MS, runRound)
  }

  async function show(at: At, token: HeldToken, tenant: string): Promise<void> {
    const kind = await verdictOf(at.edge, inTenant(token, tenant))
    if (kind !== undefined) world.note(`quiet tenant ${kind}`)
    const spokenMs = spoken.get(tenant === leftOut ? `${LEAVING_OUT} ${tenant}` : LEAVING_OUT) ?? 0
    const silentMs = kernel.nowMs - spokenMs
    if (kind === 'fresh' && silentMs > boundMs(world, at.name))
      violate(
        world,
        'S2',
        `${at.name} calls ${CLAIM} of ${tenant} fresh, ${silentMs} ms after its last heartbeat`,
      )
  }

  /** The claims of the tenant are unverified D after the last heartbeat that named it. */
  async function leftOutForLong(): Promise<void> {
    const bounds = [...world.edges.keys()].map((name) => boundMs(world, name))
    const isDue = (): boolean =>
      kernel.nowMs >= leftOutMs &&
      kernel.nowMs > (spoken.get(`${LEAVING_OUT} ${leftOut}`) ?? 0) + Math.max(...bounds)
    while (!isDue()) await new Promise<void>((resolve) => kernel.after(POLL_EVERY_MS, resolve))
  }

  /** A request that was lost with the faults delays its source for longer than a lease, and may end after them. */
  async function everyRoundAnswered(sinceMs: number): Promise<void> {
    const untilMs = sinceMs + mix.healMs / 2
    const isDue = (): boolean =>
      kernel.nowMs > untilMs || speakers.every((id) => (answeredMs.get(id) ?? 0) >= sinceMs)
    while (!isDue()) await new Promise<void>((resolve) => kernel.after(POLL_EVERY_MS, resolve))
    await new Promise<void>((resolve) => kernel.after(POLL_EVERY_MS, resolve))
  }

  async function checkAtRest(): Promise<void> {
    await leftOutForLong()
    await everyRoundAnswered(kernel.nowMs)
    const sub = world.cast.subjects.find((each) => world.truth.isEnabled(each))
    if (sub === undefined) return world.note('all subjects disabled at rest')
    const token = await newToken(sub)
    if (token === undefined) return violate(world, 'V4', 'no authority runs at rest')
    for (const [name, edge] of world.edges)
      for (const tenant of names) {
        const kind = await verdictOf(edge, inTenant(token, tenant))
        const expected = tenant === leftOut ? 'unverified' : 'fresh'
        if (kind !== expected)
          violate(world, 'V2', `${name} calls ${CLAIM} of ${tenant} ${kind} at rest`)
      }
  }

  /**
   * Clients stop with the faults. If a source was silent until then, they were refused, and the run has no
   * token.
   */
  async function newToken(sub: string): Promise<HeldToken | undefined> {
    const [authority] = world.authorities.values()
    return authority?.mint({ sub, client: CLIENTS[0], actors: [] }, world)
  }
}

interface At {
  readonly name: string
  readonly edge: Edge
}

async function verdictOf(edge: Edge, jwt: string): Promise<string | undefined> {
  const answer = await edge.verify(jwt).catch(unlessRetried)
  return answer?.verdicts.get(CLAIM)?.kind
}

/** Returns a token like this one, of a subject of that name in another tenant. */
function inTenant({ jwt, kid }: HeldToken, tenant: string): string {
  const [header = '', body = ''] = jwt.split('.')
  const text = Buffer.from(body, 'base64url').toString().replaceAll(`"${TENANT}"`, `"${tenant}"`)
  const input = `${header}.${Buffer.from(text).toString('base64url')}`
  const key = TOKEN_KEYS.find((one) => one.kid === kid)?.key
  if (key === undefined) throw new Error(`There is no key ${kid}.`)
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

function unlessRetried(error: unknown): undefined {
  if (error instanceof FreshetError && error.disposition === 'retry') return undefined
  throw error
}
