import type { EndedLogin } from '../admission/sessions.ts'

/** The data that a browser must bring back from the provider; kept by the browser, sealed. */
export interface PendingLogin {
  readonly state: string
  readonly nonce: string
  /** RFC 7636: only who began the login can use its code. */
  readonly verifier: string
}

/** The person that the provider identified, and the end of that statement. */
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
  /** Returns the address to send the browser to. @throws `login.unavailable` */
  begin(): Promise<{ readonly url: URL; readonly pending: PendingLogin }>
  /**
   * Identifies the person who came back, by the query of the answer: a code that is used up, and an ID token
   * of this issuer for this client with the nonce of this login, signed by a key that the issuer publishes.
   *
   * @throws `login.refused`, `login.unavailable`, `limit.reached`
   */
  finish(query: string, pending: PendingLogin): Promise<KnownPerson>
  /**
   * Returns the sessions that a logout token ends (OpenID Connect Back-Channel Logout 1.0): one of this
   * issuer for this client, signed by a key that the issuer publishes.
   *
   * @throws `request.malformed`, `login.unavailable`
   */
  ended(logoutToken: string): Promise<EndedLogin>
  /**
   * Returns the address at which a browser also ends its session at the provider; `undefined` if there is
   * none.
   */
  endUrl(): Promise<URL | undefined>
  /** Asks for its metadata anew. @throws `login.unavailable` */
  check(): Promise<void>
}
