import type { EndedLogin } from '../admission/sessions.ts'

/** What a browser must bring back from the provider; kept by the browser, sealed. */
export interface PendingLogin {
  readonly state: string
  readonly nonce: string
  /** RFC 7636: only who began the login can use its code. */
  readonly verifier: string
}

/** Whom the provider vouches for, and until when. */
export interface KnownPerson {
  readonly iss: string
  readonly sub: string
  readonly claims: Readonly<Record<string, unknown>>
  /** The provider’s name of its session, where it has one. */
  readonly sid?: string | undefined
  /** End of the ID token. */
  readonly untilMs: number
}

/** An OpenID Connect provider, asked by authorization code with PKCE. Nothing that it throws holds a code, a token or a claim. */
export interface LoginProvider {
  readonly issuer: string
  /** Where to send the browser. @throws `login.unavailable` */
  begin(): Promise<{ readonly url: URL; readonly pending: PendingLogin }>
  /**
   * Who came back: by the query of the answer, a code that is used up, an ID token of this issuer for this
   * client with the nonce of this login, signed by a key that the issuer publishes.
   *
   * @throws `login.refused`, `login.unavailable`, `limit.reached`
   */
  finish(query: string, pending: PendingLogin): Promise<KnownPerson>
  /**
   * What a logout token says is over (OpenID Connect Back-Channel Logout 1.0): one of this issuer for this client,
   * signed by a key that the issuer publishes.
   *
   * @throws `request.malformed`, `login.unavailable`
   */
  ended(logoutToken: string): Promise<EndedLogin>
  /** Where a browser ends its session at the provider too; `undefined` where there is no such place. */
  endUrl(): Promise<URL | undefined>
  /** Asks for its metadata anew. @throws `login.unavailable` */
  check(): Promise<void>
}
