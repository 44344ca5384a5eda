import { FreshetError, TOKEN_BYTES_MAX } from '@freshet/protocol'
import { parseJsonObject, readCompactJws, type AcceptedJws, type JwsRule } from '@freshet/wire'
import type { JWK } from 'jose'
import { textOf } from '../token/signed-token.ts'

/** Algorithms of proofs that can be allowed: signatures by asymmetric keys. */
export const PROOF_ALGS = ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const

/** An algorithm of proofs. */
export type ProofAlgorithm = (typeof PROOF_ALGS)[number]

/** A DPoP proof that was taken apart; nothing of it is believed yet. */
export interface ReadProof {
  readonly alg: ProofAlgorithm
  /** The public key in its header, and nothing else of it. */
  readonly jwk: JWK
  readonly claims: ProofClaims
  readonly text: string
}

/** The claims that every proof has (RFC 9449 §4.2). */
export interface ProofClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  readonly ath: string
  readonly nonce: unknown
}

const WELL_FORMED = 'one well-formed JWT in the DPoP header'
const TEXT_MAX = 512
const URI_MAX = 4_096
/** Longest RSA modulus in characters of base64url: 4,096 bits. */
const MODULUS_LENGTH_MAX = 683

/** The members of a public key, by kind of key (RFC 7638 §3.2). */
const publicMembers: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
  RSA: ['n', 'e'],
}
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** The one error of a proof that is not acceptable: it names the rule and nothing of the proof. */
export function invalidProof(rule: string, cause?: unknown): FreshetError {
  return new FreshetError('proof.invalid', `The DPoP proof breaks the rule: ${rule}.`, { cause })
}

/**
 * Takes the `DPoP` header apart, by the rules of RFC 9449 §4.3 on its form and by the one reader of
 * compact JWS, with `jwk` in place of `kid`.
 *
 * @throws `proof.invalid` naming the rule
 */
export function readProof(
  header: string | readonly string[] | undefined,
  algs: readonly ProofAlgorithm[],
): ReadProof {
  const text = typeof header === 'string' ? header : header?.length === 1 ? header[0] : undefined
  if (text === undefined) throw invalidProof('exactly one DPoP header')
  const accepted = {
    types: ['dpop+jwt'],
    algs,
    keyMember: 'jwk',
    lengthMax: TOKEN_BYTES_MAX,
  } as const
  const read = readCompactJws(text, accepted)
  if (typeof read === 'string') throw invalidProof(ruleOf(read, accepted))
  const claims = parseJsonObject(read.payload)
  if (claims === undefined) throw invalidProof(WELL_FORMED)
  const { alg, jwk } = read.header
  return { alg, jwk: publicKeyIn(jwk), claims: claimsIn(claims), text }
}

function ruleOf(rule: JwsRule, accepted: AcceptedJws<string>): string {
  if (rule === 'form' || rule === 'base64url' || rule === 'json') return WELL_FORMED
  if (rule === 'member') return 'no header member beside typ, alg, jwk, kid, x5t and x5t#S256'
  return textOf(rule, accepted)
}

function publicKeyIn(value: unknown): JWK {
  const jwk = Object(value) as Readonly<Record<string, unknown>>
  if (privateMembers.some((name) => Object.hasOwn(jwk, name)))
    throw invalidProof('no private key in jwk')
  const { kty } = jwk
  const names = typeof kty === 'string' ? publicMembers[kty] : undefined
  const members = (names ?? ['']).map((name) => [name, jwk[name]] as const)
  if (names === undefined || members.some(([, member]) => typeof member !== 'string'))
    throw invalidProof('a public key in jwk')
  const { n, e } = jwk as { readonly n?: string; readonly e?: string }
  if (kty === 'RSA' && (e !== 'AQAB' || (n ?? '').length > MODULUS_LENGTH_MAX))
    throw invalidProof('an RSA key of at most 4,096 bits with the exponent 65,537')
  return { kty, ...Object.fromEntries(members) } as JWK
}

function claimsIn(claims: Readonly<Record<string, unknown>>): ProofClaims {
  const { iat, nonce } = claims
  if (typeof iat !== 'number' || !Number.isSafeInteger(Math.floor(iat * 1_000)))
    throw invalidProof('the claim iat')
  return {
    jti: textIn(claims, 'jti'),
    htm: textIn(claims, 'htm'),
    htu: textIn(claims, 'htu', URI_MAX),
    ath: textIn(claims, 'ath'),
    iat,
    nonce,
  }
}

function textIn(claims: Readonly<Record<string, unknown>>, name: string, max = TEXT_MAX): string {
  const { [name]: value } = claims
  if (typeof value === 'string' && value !== '' && value.length <= max) return value
  throw invalidProof(`the claim ${name}`)
}
