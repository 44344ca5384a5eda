import type { Verdict } from '@freshet/protocol'
import { senderProof, type ProvingRequest } from '../../proof/sender-proof.ts'
import type { VerifiedToken } from '../../token/token-claims.ts'
import type { RouteQuestion } from '../decide.ts'
import type { Decision } from '../decision.ts'

/** A request, or a context of Koa, as far as these hooks look at it. */
export interface WithHeaders extends ProvingRequest {
  readonly headers: { readonly authorization?: string | undefined }
}

/** Validators of express-oauth2-jwt-bearer, which calls `jti` for every token. */
export type BearerValidators = {
  readonly jti: (
    value: unknown,
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>>,
  ) => Promise<boolean>
}

/** One line each for middlewares that verify tokens themselves. */
export interface LibraryHooks {
  /**
   * The option `isRevoked` of express-jwt and koa-jwt. True for whatever `decide` would not allow,
   * and where the library verified another token than that of the `Authorization` header. It needs
   * no `this`, and never rejects.
   */
  readonly isRevoked: (request: WithHeaders, decoded?: unknown, token?: string) => Promise<boolean>
  /** The option `trusted` of \@fastify/jwt: the opposite of `isRevoked`. */
  readonly trusted: (request: WithHeaders, decoded: unknown) => Promise<boolean>
  /**
   * The option `validators` of express-oauth2-jwt-bearer. It judges the claims that the library has
   * verified and refuses what is not fresh; it sees no token, so nothing is validated at runtime.
   */
  validators(): BearerValidators
}

/** The parts that the hooks decide with. */
export interface LibraryContext {
  readonly decide: (question: RouteQuestion) => Promise<Decision>
  /** Takes claims whose signature the library has verified. @throws `token.invalid`, `keys.unavailable` */
  readonly acceptClaims: (
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>>,
  ) => Promise<VerifiedToken>
  /** The worst verdict on all authoritative claims. */
  readonly judge: (verified: VerifiedToken) => Verdict
}

export function createLibraryHooks({ decide, acceptClaims, judge }: LibraryContext): LibraryHooks {
  const isTrusted = async (
    request: WithHeaders,
    decoded: unknown,
    token = bearerToken(request.headers.authorization),
  ): Promise<boolean> => {
    try {
      const proof = senderProof(request)
      const { decision, stripped, claims } = await decide({ token, proof })
      // These libraries hand on every claim of the token, so nothing can be stripped.
      return decision === 'allow' && stripped.length === 0 && claims?.token.jti === jtiOf(decoded)
    } catch {
      return false
    }
  }
  return {
    trusted: (request, decoded) => isTrusted(request, decoded),
    isRevoked: async (...args) => !(await isTrusted(...args)),
    validators: () => ({
      jti: async (_, claims, header) => {
        try {
          return judge(await acceptClaims(claims, header)).kind === 'fresh'
        } catch {
          return false
        }
      },
    }),
  }
}

/**
 * The id of the token that the library verified. It may read tokens elsewhere than in the
 * `Authorization` header; then the one judged here would be another.
 */
function jtiOf(decoded: unknown): unknown {
  const { payload = decoded } = Object(decoded) as { payload?: unknown }
  return (Object(payload) as { jti?: unknown }).jti
}

const bearer = /^Bearer +([^\s]+)$/i

/** The token of an `Authorization` header; undefined where there is none of scheme Bearer. */
export function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : bearer.exec(header)?.[1]
}
