/** The user and the end of a session. */
export interface SessionJson {
  readonly apiVersion: string
  readonly name: string
  readonly role: 'viewer' | 'operator' | 'admin'
  readonly csrf: string | null
  readonly until: string | null
  readonly canOrder: boolean
}

/** The ways to log in here. */
export interface LoginWays {
  readonly apiVersion: string
  readonly token: boolean
  readonly openid: { readonly issuer: string } | null
}

/** `end`: where the session at the identity provider ends too; nothing where there is none. */
export type LoggedOut = { readonly apiVersion: string; readonly end: string } | undefined
