import type { SenderProof } from './sender-proof.ts'

/** The input of a hook: a request, and the key that its token is bound to. */
export interface ProofQuestion {
  /** The access token as it was sent; its signature holds. */
  readonly token: string
  /** The member of `cnf` that the hook confirms, such as the thumbprint of a key. */
  readonly bound: string
  readonly proof: SenderProof
  readonly nowMs: number
}

/**
 * A hook that verifies one confirmation method of bound tokens (RFC 7800), for the option `proof`
 * of `createEdge`: `dpop`, `mtls`, or one of your own.
 */
export interface ProofOfPossession {
  /** The member of `cnf` that it verifies: `jkt`, `x5t#S256`. */
  readonly confirms: string
  /** The scheme that such a token is sent by. */
  readonly scheme: 'Bearer' | 'DPoP'
  /** The algorithms of proofs, for challenges (RFC 9449 §7.1). */
  readonly algs?: readonly string[]
  /** A value for the `DPoP-Nonce` header of a challenge; absent where no nonce is asked for. */
  nonce?(nowMs: number): string
  /**
   * Resolves where the request proves to hold the key.
   *
   * @throws `token.unproven`, `proof.invalid`, `proof.nonce`, `limit.reached`
   */
  verify(question: ProofQuestion): Promise<void>
}
