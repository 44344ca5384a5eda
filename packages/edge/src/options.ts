import { FreshetError } from '@freshet/protocol'
import type { Fetch, SigningKey, Timer } from '@freshet/wire'
import { signingKeyOf, type KeyedClient } from './keyed-client.ts'
import { metadataUrl, type KeySets, discoverKeys } from './keys/discover-keys.ts'
import type { ReadKeys } from './keys/key-ring.ts'
import * as limits from './limits.ts'
import type { ProofOfPossession } from './proof/proof-of-possession.ts'
import type { RevocationFeed } from './revocation-feed.ts'
import type { Validator } from './route/validator.ts'
import { systemRandom, systemSeed, systemTimer, type Seed } from './system.ts'
import type { ServedTenants } from './token/tenancy.ts'

/** Options of an edge. Everything but the first three has a default. */
export interface EdgeOptions {
  /** The authority's issuer URL, exactly as in its tokens: https, or http on loopback. */
  readonly issuer: string
  /** The resource server that this edge stands for; a token must name it in `aud`. */
  readonly audience: string
  readonly revocations: RevocationFeed
  /** Names this edge in reports; default the audience and 64 random bits. */
  readonly edgeId?: string
  /**
   * Signs each report as this client of the registry (RFC 7515, detached), so that the console ignores reports that
   * others write under the name of this edge. It takes one signature a second. The first client that signs for a
   * name holds it: give no two clients one name. Default: reports are not signed.
   */
  readonly signReports?: KeyedClient
  /** Keys known beforehand; then nothing is discovered, and nothing rotated. */
  readonly keys?: KeySets
  /**
   * Judges high-risk requests, and claims of the policy `validate`, at run time: an
   * `authorityValidator`. At most 64 questions are in flight, each for at most a second, which adds
   * to D; without an answer, or without a validator, such requests are denied.
   */
  readonly validator?: Validator
  /**
   * Verifies that the sender of a bound token (`cnf`, RFC 7800) holds its key: `dpop`, `mtls`, or
   * several. Absent: the edge refuses every bound token.
   */
  readonly proof?: ProofOfPossession | readonly ProofOfPossession[]
  /**
   * The tenants whose tokens the service accepts, or `*` for all; their ids are those of the registry. A
   * group of another tenant has other members, whatever its name. Absent: the only tenant that has
   * tokens for the audience; where the claim map has several, the edge accepts none (`tenants.unnamed`).
   */
  readonly tenants?: readonly string[] | '*'
  /** Longest token life T_max: default 1 h, at most a day, and the reconciler's (rule 25). */
  readonly tokenLifeMaxMs?: number
  readonly limits?: EdgeLimits
  /** Default the global one. */
  readonly fetch?: Fetch
  /** Default the clocks of the process. */
  readonly timer?: Timer
  /** Default random; fixed only by tests. */
  readonly seed?: Seed
  /** A number in [0, 1), for the jitter of `Retry-After`; default random. */
  readonly random?: () => number
  /**
   * Id of the trace under way, for the bodies of refusals: the service's own tracing knows it.
   * Default that of the request's `traceparent`; without either they name none.
   */
  readonly traceId?: () => string | undefined
  /**
   * Called with each revocation that was applied while the edge was live, for the service's own tracing. It
   * is on the way of every revocation: it must be short, and must not throw. Default: none.
   */
  readonly onRevocation?: (applied: AppliedNotice) => void
}

/** The notice of an applied revocation. */
export interface AppliedNotice {
  readonly partition: number
  /** The trace of the change that caused it (W3C Trace Context); `undefined` if it names none. */
  readonly traceparent: string | undefined
  /** The time by the broker's clock, in milliseconds since 1970. */
  readonly appendedAtMs: number
  /** The time of the apply by the edge's clock. */
  readonly appliedAtMs: number
}

/**
 * Bounds of memory. At the first two the edge calls nothing of the tenant fresh that found no room; the
 * others only cost time. One tenant can take two thirds of nine tenths of each of the first two.
 */
export interface EdgeLimits {
  /** Default 2,000,000 for all tenants; about 50 bytes each, and the change's id. */
  readonly watermarks?: number
  /**
   * The number of held denials of sessions and tokens. Default 200,000 for all tenants; about 250 bytes each.
   */
  readonly denials?: number
  /** Default 50,000; beyond it the tokens that were used longest ago are verified again. */
  readonly verifiedTokens?: number
  /**
   * Default 64,000,000 bytes, by an estimate: of the verified tokens, their payloads and the judgements that are
   * prepared for them. A token of 1.2 kB takes about 8 kB, one of 5.7 kB about 25 kB.
   */
  readonly verifiedTokenBytes?: number
  /** Default 10,000; beyond it `signal` throws. */
  readonly sessions?: number
  /**
   * Default 65,536: the latest requests that were let in. With fewer, what was let in before a late revocation is
   * reported as a lower bound. With 0 the edge takes no note of requests: it reports neither that nor the use of claims.
   */
  readonly allows?: number
  /**
   * Default 48,000,000 bytes, by an estimate: of these requests, about 600 each and 4 for each value of a claim.
   * An allow keeps ids and positions of the token, never its text, its payload or a value of a claim.
   */
  readonly allowBytes?: number
}

/** Options with every default filled in. */
export interface EdgeSettings {
  readonly issuer: string
  readonly audience: string
  readonly edgeId: string
  /** Names this start of the edge in reports. */
  readonly start: string
  /** The client whose key signs its reports; `undefined`: none. */
  readonly signsAs: { readonly client: string; readonly key: SigningKey } | undefined
  readonly tokenLifeMaxMs: number
  readonly limits: Required<EdgeLimits>
  readonly readKeys: ReadKeys
  readonly fetch: Fetch
  readonly timer: Timer
  readonly seed: Seed
  readonly random: () => number
  readonly traceId: (() => string | undefined) | undefined
  readonly proofs: readonly ProofOfPossession[]
  readonly tenants: ServedTenants
}

/** @throws `config.invalid` */
export function settingsOf(options: EdgeOptions): EdgeSettings {
  const { issuer, audience, keys, timer = systemTimer, seed = systemSeed() } = options
  const { fetch = globalThis.fetch, tokenLifeMaxMs = limits.TOKEN_LIFE_MAX_MS } = options
  if (audience === '') throw new FreshetError('config.invalid', 'audience: must not be empty')
  if (!(tokenLifeMaxMs > 0 && tokenLifeMaxMs <= limits.TOKEN_LIFE_CEILING_MS))
    throw new FreshetError('config.invalid', 'tokenLifeMaxMs: above 0 and at most a day')
  if (keys === undefined) metadataUrl(issuer)
  const { random = systemRandom } = options
  const start = startName(random)
  return {
    issuer,
    audience,
    edgeId: options.edgeId ?? `${audience}-${start}`,
    start,
    signsAs: signerOf(options.signReports),
    tokenLifeMaxMs,
    limits: boundsOf(options.limits ?? {}),
    readKeys:
      keys === undefined ? () => discoverShared(issuer, fetch, timer) : () => Promise.resolve(keys),
    fetch,
    timer,
    seed,
    random,
    traceId: options.traceId,
    proofs: proofsOf(options.proof ?? []),
    tenants: tenantsOf(options.tenants),
  }
}

function signerOf(client: KeyedClient | undefined): EdgeSettings['signsAs'] {
  return client && { client: client.id, key: signingKeyOf(client, 'signReports') }
}

function tenantsOf(given: EdgeOptions['tenants']): ServedTenants {
  if (given === undefined || given === '*') return given
  if (given.length > 0 && !given.includes('')) return new Set(given)
  throw new FreshetError('config.invalid', 'tenants: name at least one, leave it out, or set *.')
}

/** Each confirmation method has one hook, so that its order decides nothing. */
function proofsOf(given: NonNullable<EdgeOptions['proof']>): readonly ProofOfPossession[] {
  const proofs = [given].flat()
  if (new Set(proofs.map(({ confirms }) => confirms)).size === proofs.length) return proofs
  throw new FreshetError('config.invalid', 'proof: give one hook for each member of cnf.')
}

/** 64 bits by chance. Not those of the seed: reports are read by many. */
function startName(random: () => number): string {
  const words = Uint32Array.of(random() * 2 ** 32, random() * 2 ** 32)
  return Buffer.from(words.buffer).toString('hex')
}

function boundsOf(given: EdgeLimits): Required<EdgeLimits> {
  const bounds = {
    watermarks: given.watermarks ?? limits.WATERMARKS_MAX,
    denials: given.denials ?? limits.DENIALS_MAX,
    verifiedTokens: given.verifiedTokens ?? limits.VERIFIED_TOKENS_MAX,
    verifiedTokenBytes: given.verifiedTokenBytes ?? limits.VERIFIED_TOKEN_BYTES_MAX,
    sessions: given.sessions ?? limits.SESSIONS_MAX,
    allows: given.allows ?? limits.ALLOWS_MAX,
    allowBytes: given.allowBytes ?? limits.ALLOW_BYTES_MAX,
  }
  for (const [name, value] of Object.entries(bounds)) {
    const least = name === 'allows' ? 0 : 1
    if (!Number.isSafeInteger(value) || value < least)
      throw new FreshetError('config.invalid', `limits.${name}: a whole number from ${least} on`)
  }
  return bounds
}

/** The readings under way, by reader and issuer. */
const underWay = new WeakMap<Fetch, Map<string, Promise<KeySets>>>()

/**
 * As `discoverKeys`, but edges of one process that ask at the same time share one reading. Nothing
 * is remembered: each edge keeps its own keys, and drops those that left the set when it reads.
 *
 * @throws `keys.unavailable`
 */
export function discoverShared(issuer: string, fetch: Fetch, timer: Timer): Promise<KeySets> {
  const readings = underWay.get(fetch) ?? new Map<string, Promise<KeySets>>()
  underWay.set(fetch, readings)
  const known = readings.get(issuer)
  if (known !== undefined) return known
  const reading = discoverKeys(issuer, fetch, timer).finally(() => readings.delete(issuer))
  readings.set(issuer, reading)
  return reading
}
