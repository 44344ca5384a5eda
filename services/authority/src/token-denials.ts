import type { TokenDenials } from '@freshet/authority'
import type { Intake } from '@freshet/intake'

/** Denials of tokens as changes in our own name. One that fails half-way a gateway sweeps. */
export function tokenDenials(intake: Intake): TokenDenials {
  return {
    async denyToken({ tenant, jti: target, expMs }) {
      const statement = { kind: 'deny', scope: 'token', target, expMs } as const
      await intake.acceptOwnChange({ tenant, statement })
    },
  }
}
