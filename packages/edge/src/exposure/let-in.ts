import { type ClaimValue, type JudgedToken, type TokenParty } from '@freshet/protocol'
import { NAMES_KEPT_MAX } from '../limits.ts'

/** The allows of one subject that the ring holds: where the latest of them is. */
export interface AllowChain {
  readonly key: string
  /** Number of its latest allow; -1 when the ring holds none. */
  last: number
}

/** The parts of a token that a later revocation is compared with. */
export type LetInToken = Omit<JudgedToken, 'claims' | 'pv' | 'omitted' | 'scopedBy'>

/**
 * The parts of a token that the ring of allows keeps: neither its text nor its payload nor any value of a
 * claim.
 */
export interface LetIn {
  readonly token: LetInToken
  /** 32 bits of the hash of each claim and value that the token carries. */
  readonly values: Uint32Array
  /** Estimate of what it takes, and one allow of it. */
  readonly bytes: number
  /** The allows of its subject. */
  chain: AllowChain | undefined
}

/** Objects, positions and short names of one party: measured. */
const PARTY_BYTES = 420
const VALUES_BYTES = 120

/** Names that many tokens have, kept once. */
export class Names {
  readonly #kept = new Map<string, string>()

  /** Returns the same text, free of the payload that it was read from. */
  keep(name: string): string {
    const known = this.#kept.get(name)
    if (known !== undefined) return known
    if (this.#kept.size >= NAMES_KEPT_MAX) this.#kept.clear()
    const own = copied(name)
    this.#kept.set(own, own)
    return own
  }
}

/** Copies of a token what a revocation can name. */
export function letInOf(token: JudgedToken, names: Names): LetIn {
  const { tenant, issuer, kid, jti, sid, client, parties, byTime, claims } = token
  const [first, ...others] = parties
  const values = Uint32Array.from(
    [...claims].flatMap(([claim, list]) => list.map((value) => valueMark(claim, value))),
  )
  const texts = [jti, sid ?? '', ...parties.map(({ subject }) => subject.sub + subject.sub)]
  const length = texts.reduce((sum, text) => sum + text.length, 0)
  return {
    token: {
      tenant: names.keep(tenant),
      issuer: names.keep(issuer),
      kid: names.keep(kid),
      jti: copied(jti),
      ...(sid === undefined ? {} : { sid: copied(sid) }),
      client: names.keep(client),
      parties: [partyOf(first, names), ...others.map((party) => partyOf(party, names))],
      ...(byTime === undefined ? {} : { byTime }),
    },
    values,
    bytes: PARTY_BYTES * parties.length + VALUES_BYTES + values.byteLength + length,
    chain: undefined,
  }
}

/** Returns whether it carried a value; two values in four thousand million look the same to it. */
export function carried({ values }: LetIn, claim: string, value: ClaimValue): boolean {
  return values.includes(valueMark(claim, value))
}

function partyOf({ subject: { tenant, iss, sub }, label }: TokenParty, names: Names): TokenParty {
  const subject = { tenant: names.keep(tenant), iss: names.keep(iss), sub: copied(sub) }
  return { subject, label }
}

/** A part of a long text keeps all of it in memory; a copy does not. */
function copied(text: string): string {
  return Buffer.from(text).toString()
}

/** FNV-1a. */
function valueMark(claim: string, value: ClaimValue): number {
  const text = `${claim}\0${typeof value}\0${value}`
  let hash = 0x811c_9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193)
  return hash >>> 0
}
