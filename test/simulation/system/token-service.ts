import { sign } from 'node:crypto'
import { foreignIssuer } from '@freshet/testkit'
import { Process, type WallClock } from '../kernel/process.ts'
import { AUDIENCE, TOKEN_LIFE_MS } from './deployment.ts'
import { setClock } from './disasters.ts'
import { FOREIGN_KEY, FOREIGN_NAMES } from './foreign-policies.ts'
import type { Claimed } from './truth.ts'
import { CLIENTS } from './workload.ts'
import type { HeldToken, World } from './world.ts'

const NAME = 'sts'
/** The time between copies, which varies by half: within the margin, with the skew of its clock. */
const COPIES_EVERY_MS = 1_000
const MINTS_EVERY_MS = 200

/** A token of the partner. */
export interface ForeignHeld extends HeldToken {
  /** The number of facts before its mint: later facts came after it. */
  readonly factsBefore: number
  /** The same knowledge for a judge by time, for which every fact can have come late. */
  readonly byTime: Claimed
}

/** The partner's copy of the sources, as they were a short time ago. */
interface Copy {
  readonly values: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  readonly basis: ReadonlySet<string>
}

/**
 * The partner: it reads at the sources themselves, a little late, and mints from its copy by its own clock.
 * It knows nothing of positions, and nothing of values, subjects and keys that were withdrawn, denied or cut
 * off here.
 */
export function startTokenService(world: World): void {
  const { kernel, faults, foreign, truth } = world
  const wall: WallClock = { offsetMs: 0 }
  setClock(world, { name: NAME, wall })
  const process = new Process(NAME, kernel, wall)
  const random = kernel.random(NAME)
  const isOver = (): boolean => faults.isOver
  let copy = copyOf(world)
  kernel.every(COPIES_EVERY_MS, random, () => void (copy = copyOf(world)), isOver)
  kernel.every(
    MINTS_EVERY_MS,
    random,
    () => {
      const last = truth.facts.at(-1)?.fact
      const isNear = last !== undefined && 'sub' in last && random.chance(0.5)
      const sub = isNear ? last.sub : random.pick(world.cast.subjects)
      const token = mintForeign(world, {
        sub,
        client: random.pick(CLIENTS),
        copy,
        nowMs: process.timer.nowMs(),
      })
      process.log(`mints ${token.jti} for ${sub}`)
      faults.count('foreign: minted')
      foreign.push(token)
    },
    isOver,
  )
}

/** Returns the present state of the sources. */
export function copyOf({ truth, cast }: World): Copy {
  const of = (sub: string): ReadonlyMap<string, readonly string[]> =>
    new Map([...FOREIGN_NAMES.keys()].map((claim) => [claim, truth.holds(sub, claim)]))
  return {
    values: new Map(cast.subjects.map((sub) => [sub, of(sub)])),
    basis: new Set(truth.facts.map(({ id }) => id)),
  }
}

/** A mint: its content, its copy, and its time by the partner's clock. */
interface Order {
  readonly sub: string
  readonly client: string
  readonly copy: Copy
  readonly nowMs: number
}

export function mintForeign(
  { tenant, foreign, truth, kernel }: World,
  { sub, client, copy, nowMs }: Order,
): ForeignHeld {
  const jti = `f-${foreign.length + 1}-${kernel.nowMs}`
  const iat = Math.floor(nowMs / 1_000)
  const expMs = iat * 1_000 + TOKEN_LIFE_MS
  const values = copy.values.get(sub) ?? new Map()
  const given = [...FOREIGN_NAMES].map(([ours, theirs]) => [theirs, values.get(ours) ?? []])
  const { issuer: iss } = foreignIssuer()
  const times = { iat, exp: expMs / 1_000 }
  const payload = { iss, sub, aud: AUDIENCE.name, jti, ...times, azp: client }
  const nobody = {
    actors: [],
    tenant,
    client,
    kid: FOREIGN_KEY.kid,
    pv: 0,
    lost: new Set<string>(),
  }
  const claimed = { jti, sub, values, ...nobody }
  return {
    ...claimed,
    jwt: signed({ ...payload, ...Object.fromEntries(given) }),
    expMs,
    basis: copy.basis,
    factsBefore: truth.facts.length,
    byTime: { ...claimed, basis: new Set() },
  }
}

function signed(payload: object): string {
  const header = { typ: 'JWT', alg: FOREIGN_KEY.alg, kid: FOREIGN_KEY.kid }
  const [head, body] = [header, payload].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const input = `${head}.${body}`
  return `${input}.${sign(null, Buffer.from(input), FOREIGN_KEY.key).toString('base64url')}`
}
