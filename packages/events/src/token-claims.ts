import { notBuilt } from './not-built.ts'
import type { JudgedToken, Label, TokenParty } from '@freshet/domain'

/** The private claim `freshet` of an access token. */
export interface FreshetClaim {
  readonly e: string
  readonly s: string
  readonly c: string
  readonly pv: number
  readonly tenant: string
  readonly subiss?: string
}

/** The claim `act` (RFC 8693 §4.1) with a label for each actor. */
export interface ActClaim {
  readonly iss: string
  readonly sub: string
  readonly freshet: {
    readonly e: string
    readonly s: string
    readonly c: string
    readonly tenant: string
  }
  readonly act?: ActClaim
}

export function encodeFreshetClaim(
  label: Label,
  pv: number,
  tenant: string,
  subiss?: string,
): FreshetClaim {
  return notBuilt(label, pv, tenant, subiss)
}

export function encodeActClaim(actors: readonly TokenParty[]): ActClaim | undefined {
  return notBuilt(actors)
}

export function readToken(payload: unknown, kid: string): JudgedToken {
  return notBuilt(payload, kid)
}
