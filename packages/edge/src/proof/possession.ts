import { invalidToken, unprovenToken } from '../token/invalid-token.ts'
import type { VerifiedToken } from '../token/token-claims.ts'
import type { ProofOfPossession } from './proof-of-possession.ts'
import type { SenderProof } from './sender-proof.ts'

/** Decides whether a request may use a token: an unbound one by its scheme, a bound one by proofs. */
export interface Possession {
  /** The hooks in force. */
  readonly hooks: readonly ProofOfPossession[]
  /**
   * Fails closed: every member of `cnf` needs a hook that verifies it, also one of the future.
   *
   * @throws `token.unproven`; `token.invalid` for a token without `cnf` and the scheme `DPoP`;
   *   `proof.invalid`, `proof.nonce`, `limit.reached`
   */
  check(verified: VerifiedToken, jwt: string, proof: SenderProof | undefined): Promise<void>
}

/** Makes it from the hooks of the option `proof`. */
export function possessionBy(hooks: readonly ProofOfPossession[], nowMs: () => number): Possession {
  return {
    hooks,
    async check(verified, token, proof = {}) {
      const { scheme = 'Bearer' } = proof
      if (!verified.isBound) {
        if (scheme === 'DPoP') throw invalidToken('cnf.jkt in a token of the scheme DPoP')
        return
      }
      const found = confirmationsOf(verified.payload['cnf']).map(([name, bound]) => {
        const hook = hooks.find(({ confirms }) => confirms === name)
        if (hook === undefined)
          throw unprovenToken('this edge verifies no such proof of possession')
        return { hook, bound }
      })
      const expected = found.some(({ hook }) => hook.scheme === 'DPoP') ? 'DPoP' : 'Bearer'
      if (scheme !== expected) throw unprovenToken(`it was not sent by the scheme ${expected}`)
      for (const { hook, bound } of found)
        await hook.verify({ token, bound, proof, nowMs: nowMs() })
    },
  }
}

/** The members of `cnf`: at least one, and each a text. */
function confirmationsOf(cnf: unknown): readonly (readonly [string, string])[] {
  const members = typeof cnf === 'object' && cnf !== null ? Object.entries(cnf) : []
  if (members.length === 0 || Array.isArray(cnf)) throw unprovenToken('the claim names no key')
  return members.map(([name, value]: readonly [string, unknown]) => {
    if (typeof value !== 'string')
      throw unprovenToken('this edge verifies no such proof of possession')
    return [name, value] as const
  })
}
