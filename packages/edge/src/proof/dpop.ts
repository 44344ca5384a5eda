import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { FreshetError } from '@freshet/protocol'
import * as limits from '../limits.ts'
import { unprovenToken } from '../token/invalid-token.ts'
import { ProofMemory } from './proof-memory.ts'
import type { ProofOfPossession, ProofQuestion } from './proof-of-possession.ts'
import {
  invalidProof,
  PROOF_ALGS,
  readProof,
  type ProofAlgorithm,
  type ReadProof,
} from './read-proof.ts'

/** Longest URI of a proof or a request. */
const PROOF_URI_MAX = 4_096

const characters = /^https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/i
const badEscape = /%(?![\da-f]{2})/i

/**
 * A URI for comparison, without query and fragment, normalised by syntax and by scheme (RFC 3986
 * §6.2.2, §6.2.3); undefined for what is no http URI, or has a user.
 */
function normalUri(uri: string): string | undefined {
  if (uri.length > PROOF_URI_MAX || !characters.test(uri) || badEscape.test(uri)) return undefined
  const [plain = ''] = uri.split(/[?#]/, 1)
  if (!URL.canParse(plain)) return undefined
  const { protocol, username, password, host, pathname } = new URL(plain)
  if (username !== '' || password !== '') return undefined
  return `${protocol}//${host}${pathname.replaceAll(/%[\da-f]{2}/gi, normalEscape)}`
}

/** An escaped letter, digit, `-`, `.`, `_` or `~` is that character; hex digits are in upper case. */
function normalEscape(escape: string): string {
  const character = String.fromCodePoint(Number.parseInt(escape.slice(1), 16))
  return /[\w\-.~]/.test(character) ? character : escape.toUpperCase()
}

/** The path of a request target in origin form or absolute form; undefined for another form. */
function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target.split(/[?#]/, 1)[0]
  return /^https?:\/\/[^/?#]+(\/[^?#]*)?/i.exec(target)?.at(1) ?? rootOf(target)
}

function rootOf(target: string): string | undefined {
  return /^https?:\/\/[^/?#]+/i.test(target) ? '/' : undefined
}

const SECRET_BYTES_MIN = 32
const MAC_BYTES = 16

/** Nonces that every edge with the same secret makes and accepts, without a memory (RFC 9449 §9). */
interface ProofNonces {
  readonly at: (nowMs: number) => string
  readonly accepts: (nonce: unknown, nowMs: number) => boolean
}

/**
 * A nonce is a MAC of the time at which it was made, rounded to its life: it is accepted for one to
 * two lives.
 *
 * @throws `config.invalid` for a short secret
 */
function proofNonces(secret: Uint8Array, lifeMs: number): ProofNonces {
  if (secret.length < SECRET_BYTES_MIN)
    throw new FreshetError(
      'config.invalid',
      `nonceSecret: give at least ${SECRET_BYTES_MIN} random bytes, the same to every edge.`,
    )
  const of = (period: number): string => {
    const mac = createHmac('sha256', secret).update(`freshet dpop nonce ${period}`).digest()
    return mac.subarray(0, MAC_BYTES).toString('base64url')
  }
  return {
    at: (nowMs) => of(Math.floor(nowMs / lifeMs)),
    accepts(nonce, nowMs) {
      if (typeof nonce !== 'string') return false
      const period = Math.floor(nowMs / lifeMs)
      return [period, period - 1].some((each) => areEqual(of(each), nonce))
    },
  }
}

function areEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Options of verifying DPoP proofs. */
export interface DpopOptions {
  /**
   * Base URLs under which clients reach this service, as `https://pay.example` or
   * `https://api.example/pay`. The `htu` of a proof must be one of them and the path of the request.
   */
  readonly urls: readonly string[]
  /** Algorithms of proofs; default ES256, ES384, PS256, EdDSA and Ed25519. */
  readonly algs?: readonly ProofAlgorithm[]
  /** Oldest proof that is accepted: default 60,000 ms, from 1,000 to 300,000. */
  readonly ageMaxMs?: number
  /** The largest accepted lead of a client's clock: default 5,000 ms, at most 60,000. */
  readonly aheadMaxMs?: number
  /** Proofs remembered against replay: default 100,000, of about 80 bytes each. */
  readonly proofsMax?: number
  /**
   * At least 32 random bytes, the same for every edge of the service: each proof must then carry a
   * nonce of the last two minutes (RFC 9449 §9). Absent: no nonce is asked for.
   */
  readonly nonceSecret?: Uint8Array
}

interface Rules {
  readonly bases: readonly string[]
  readonly algs: readonly ProofAlgorithm[]
  readonly ageMaxMs: number
  readonly aheadMaxMs: number
  readonly memory: ProofMemory
  readonly nonces: ProofNonces | undefined
  /** The library is loaded with the first rules: an edge without proofs starts sooner. */
  readonly jose: Promise<typeof import('jose')>
}

const DEFAULT_ALGS = ['ES256', 'ES384', 'PS256', 'EdDSA', 'Ed25519'] as const

/**
 * Verifies DPoP proofs of tokens with `cnf.jkt`: all checks of RFC 9449 §4.3. Such a token must be
 * sent by `Authorization: DPoP`. A proof is accepted once by this edge; where several edges serve
 * one URL, the age and the nonce bound what a thief of a whole request can do at another edge.
 *
 * @throws `config.invalid`
 *
 * @example
 * createEdge({ issuer, audience, revocations, proof: dpop({ urls: ['https://pay.example'] }) })
 */
export function dpop(options: DpopOptions): ProofOfPossession {
  const rules = rulesOf(options)
  const { nonces } = rules
  return {
    confirms: 'jkt',
    scheme: 'DPoP',
    algs: rules.algs,
    ...(nonces === undefined ? {} : { nonce: nonces.at }),
    verify: (question) => verifyProof(question, rules),
  }
}

/** Cheap checks come first: only a key that the issuer has bound costs a signature. */
async function verifyProof(question: ProofQuestion, rules: Rules): Promise<void> {
  const { token, bound, proof, nowMs } = question
  const read = readProof(proof.dpop, rules.algs)
  const { claims } = read
  if ((await thumbprintOf(read, await rules.jose)) !== bound)
    throw unprovenToken('the proof is by another key')
  if (claims.ath !== createHash('sha256').update(token).digest('base64url'))
    throw invalidProof('ath of this access token')
  if (claims.htm !== proof.method) throw invalidProof('htm of this request')
  requireUri(claims.htu, proof.url, rules.bases)
  requireTime(claims.iat * 1_000, nowMs, rules)
  await requireSignature(read, await rules.jose)
  if (rules.nonces !== undefined && !rules.nonces.accepts(claims.nonce, nowMs))
    throw new FreshetError('proof.nonce', 'The DPoP proof has no nonce of the last two minutes.')
  const expiresMs = claims.iat * 1_000 + rules.ageMaxMs
  const used = rules.memory.use(bound, claims.jti, { nowMs, expiresMs })
  if (used === 'again') throw invalidProof('a jti that is used once')
  if (used === 'crowded')
    throw new FreshetError(
      'limit.reached',
      'The key has too many DPoP proofs that have not expired.',
    )
}

type Jose = Awaited<Rules['jose']>

async function thumbprintOf({ jwk }: ReadProof, jose: Jose): Promise<string> {
  try {
    return await jose.calculateJwkThumbprint(jwk, 'sha256')
  } catch (cause) {
    throw invalidProof('a public key in jwk', cause)
  }
}

async function requireSignature({ text, jwk, alg }: ReadProof, jose: Jose): Promise<void> {
  try {
    await jose.compactVerify(text, await jose.importJWK(jwk, alg), { algorithms: [alg] })
  } catch (cause) {
    throw invalidProof('a signature by the key in jwk', cause)
  }
}

function requireUri(htu: string, url: string | undefined, bases: readonly string[]): void {
  const path = url === undefined ? undefined : pathOf(url)
  const named = normalUri(htu)
  const isHere =
    path !== undefined &&
    named !== undefined &&
    bases.some((base) => normalUri(`${base}${path}`) === named)
  if (!isHere) throw invalidProof('htu of this request')
}

function requireTime(iatMs: number, nowMs: number, { ageMaxMs, aheadMaxMs }: Rules): void {
  if (iatMs <= nowMs - ageMaxMs) throw invalidProof(`iat at most ${ageMaxMs / 1_000} s ago`)
  if (iatMs > nowMs + aheadMaxMs) throw invalidProof('iat not in the future')
}

function rulesOf(options: DpopOptions): Rules {
  const { urls, algs = DEFAULT_ALGS, nonceSecret } = options
  const { ageMaxMs = limits.PROOF_AGE_MAX_MS, aheadMaxMs = limits.PROOF_AHEAD_MAX_MS } = options
  const { proofsMax = limits.PROOFS_MAX } = options
  if (urls.length === 0) throw wrong('urls: name the base URLs of this service')
  if (algs.length === 0 || !algs.every((alg) => PROOF_ALGS.includes(alg)))
    throw wrong(`algs: some of ${PROOF_ALGS.join(', ')}`)
  if (!(ageMaxMs >= 1_000 && ageMaxMs <= limits.PROOF_AGE_CEILING_MS))
    throw wrong(`ageMaxMs: from 1,000 to ${limits.PROOF_AGE_CEILING_MS}`)
  if (!(aheadMaxMs >= 0 && aheadMaxMs <= limits.PROOF_AHEAD_CEILING_MS))
    throw wrong(`aheadMaxMs: from 0 to ${limits.PROOF_AHEAD_CEILING_MS}`)
  if (!Number.isSafeInteger(proofsMax) || proofsMax < 2) throw wrong('proofsMax: at least 2')
  return {
    bases: urls.map(baseOf),
    algs,
    ageMaxMs,
    aheadMaxMs,
    memory: new ProofMemory(proofsMax),
    nonces: nonceSecret && proofNonces(nonceSecret, limits.PROOF_NONCE_LIFE_MS),
    jose: import('jose'),
  }
}

function baseOf(url: string): string {
  const base = /[?#]/.test(url) ? undefined : normalUri(url)
  if (base === undefined)
    throw wrong(`urls: ${url} is no http URL without user, query and fragment`)
  return base.replace(/\/$/, '')
}

function wrong(what: string): FreshetError {
  return new FreshetError('config.invalid', `dpop: ${what}.`)
}
