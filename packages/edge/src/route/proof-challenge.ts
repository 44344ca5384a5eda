import type { ProofOfPossession } from '../proof/proof-of-possession.ts'
import type { Decision } from './decision.ts'

/**
 * Adds what an edge with proof hooks offers to the challenge of a decision: the scheme DPoP with the
 * algorithms of proofs (RFC 9449 §7.1), and the nonce that the next proof must carry (§9).
 */
export function withProofs(
  decision: Decision,
  hooks: readonly ProofOfPossession[],
  nowMs: number,
): Decision {
  const dpop = hooks.find(({ scheme }) => scheme === 'DPoP')
  const { wwwAuthenticate, code } = decision
  if (dpop === undefined || wwwAuthenticate === undefined) return decision
  const algs = `algs="${dpop.algs?.join(' ') ?? ''}"`
  const nonce = code === 'proof.nonce' ? dpop.nonce?.(nowMs) : undefined
  return {
    ...decision,
    wwwAuthenticate: offered(wwwAuthenticate, code, algs),
    ...(nonce === undefined ? {} : { dpopNonce: nonce }),
  }
}

function offered(challenge: string, code: Decision['code'], algs: string): string {
  if (challenge.startsWith('DPoP ')) return `${challenge}, ${algs}`
  if (code === 'token.missing') return `${challenge}, DPoP ${algs}`
  if (code !== 'token.unproven') return challenge
  return `${challenge}, ${challenge.replace('Bearer', 'DPoP')}, ${algs}`
}
