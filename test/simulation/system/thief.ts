import { sign } from 'node:crypto'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { TOKEN_KEYS, TOKEN_LIFE_MS } from './deployment.ts'
import { nameIn, type HeldToken, type World } from './world.ts'

const FORGES_EVERY_MS = 2_500
/** The share of forged tokens that live longer than the records that judge them (S26). */
const OVERLONG = 0.3
/** A position beyond all others (rule 23). */
const FAR = '999999999999999'

/**
 * A thief who holds the denied private keys and signs tokens with them. Each is like a minted one, with a new
 * life and a label that no watermark reaches. Only the denial refuses them, at an edge that starts later,
 * too.
 */
export function startThief(world: World): void {
  const { kernel, tokens, truth, faults } = world
  const random = kernel.random(nameIn(world, 'thief'))
  let forged = 0
  const forge = (): void => {
    const denied = truth.facts.flatMap(({ fact }) =>
      fact.kind === 'denied' && fact.scope === 'key' ? fact.target : [],
    )
    const seen = tokens.filter(({ kid, isStolen }) => denied.includes(kid) && isStolen !== true)
    if (seen.length === 0) return
    forged += 1
    const isOverlong = random.chance(OVERLONG)
    const lifeMs = isOverlong ? 2 * TOKEN_LIFE_MS : TOKEN_LIFE_MS
    const at = { jti: `stolen-${forged}`, iatMs: EPOCH_MS + kernel.nowMs, lifeMs }
    const stolen = forgedFrom(random.pick(seen), at)
    kernel.log('THIEF', `signs ${stolen.jti} for ${stolen.sub} with ${stolen.kid}`)
    if (isOverlong) world.overlong.push(stolen.jwt)
    else tokens.push(stolen)
  }
  kernel.every(FORGES_EVERY_MS, random, forge, () => faults.isOver)
}

function forgedFrom(
  token: HeldToken,
  { jti, iatMs, lifeMs }: { readonly jti: string; readonly iatMs: number; readonly lifeMs: number },
): HeldToken {
  const [header = '', body = ''] = token.jwt.split('.')
  const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as { freshet: object }
  const iat = Math.floor(iatMs / 1_000)
  const expMs = iat * 1_000 + lifeMs
  const freshet = { ...payload.freshet, s: FAR, c: FAR }
  const claims = { ...payload, jti, iat, exp: expMs / 1_000, freshet }
  const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  const key = TOKEN_KEYS.find(({ kid }) => kid === token.kid)?.key
  if (key === undefined) throw new Error(`There is no key ${token.kid}.`)
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  const jwt = `${input}.${signature.toString('base64url')}`
  return { ...token, jwt, jti, expMs, isStolen: true }
}
