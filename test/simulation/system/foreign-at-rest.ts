import { EPOCH_MS } from '../kernel/kernel.ts'
import { endOf, FOREIGN_CLAIMS } from './foreign-oracle.ts'
import { FOREIGN_MARGIN_MS, givenBy } from './foreign-policies.ts'
import { isAlive } from './oracle.ts'
import { copyOf, mintForeign, type ForeignHeld } from './token-service.ts'
import { CLIENTS } from './workload.ts'
import { violate, type World } from './world.ts'

/** Its `iat` is in whole seconds, and so up to one behind. */
const SECOND_MS = 1_000

/** Checks the partner's tokens when everything is sent: the earlier ones and new ones. */
export async function checkForeignAtRest(world: World): Promise<void> {
  for (const token of world.foreign) if (isAlive(world, token)) await checkOld(world, token)
  // For the margin after a change new tokens are stale as well, and no longer.
  const waitMs = FOREIGN_MARGIN_MS + SECOND_MS + world.mix.skewMs
  await new Promise<void>((resolve) => world.kernel.after(waitMs, resolve))
  const copy = copyOf(world)
  const nowMs = EPOCH_MS + world.kernel.nowMs
  for (const sub of world.cast.subjects)
    await checkNew(world, mintForeign(world, { sub, client: CLIENTS[0], copy, nowMs }))
}

/**
 * S1, V2: ended claims are stale at every edge, and no claim that the issuer is allowed to give is
 * unverified.
 */
async function checkOld(world: World, token: ForeignHeld): Promise<void> {
  for (const { where, claim, kind } of await verdictsOn(world, token)) {
    const end = endOf(world, token, claim)
    if (kind === 'fresh' && end !== undefined) violate(world, 'S1', `${where} at rest: ${end.why}`)
    if (kind === 'unverified') violate(world, 'V2', where)
  }
}

/** V4: changes of long ago refuse no new token for ever. */
async function checkNew(world: World, token: ForeignHeld): Promise<void> {
  for (const { where, kind } of await verdictsOn(world, token))
    if (kind !== 'fresh') violate(world, 'V4', `${where}, and nothing was said since long`)
}

interface Seen {
  readonly where: string
  readonly claim: string
  readonly kind: string
}

async function verdictsOn(world: World, token: ForeignHeld): Promise<readonly Seen[]> {
  const given = givenBy(world.policy.version)
  const all = [...world.edges].map(async ([name, edge]) => {
    const answer = await edge.verify(token.jwt, { uses: FOREIGN_CLAIMS }).catch(() => undefined)
    if (answer === undefined) violate(world, 'V4', `${name} refuses ${token.jti}`)
    return [...(answer?.verdicts ?? [])].flatMap(([claim, verdict]): readonly Seen[] => {
      const what = `${claim} of ${token.jti} (${token.sub}) ${verdict.kind}`
      const why = verdict.kind === 'stale' ? ` by ${verdict.change ?? verdict.reason}` : ''
      const seen = { where: `${name} calls ${what}${why}`, claim, kind: verdict.kind }
      return given.includes(claim) ? [seen] : []
    })
  })
  return (await Promise.all(all)).flat()
}
