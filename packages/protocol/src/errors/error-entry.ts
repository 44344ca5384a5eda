/** The reaction of a consuming loop to an error, for the input at hand. */
export type Disposition = 'quarantine' | 'skip' | 'retry' | 'stop' | 'crash'

/**
 * The places that answer requests. `service`: the HTTP server of every service, before a route. `oauth`: the
 * OAuth endpoints of the authority. `evaluation`: its decisions about high-risk requests. `edge`: the middleware
 * of the SDK, and the sidecar's decisions. `sidecar`: the sidecar's own problem documents.
 */
export type Surface =
  | 'service'
  | 'gateway'
  | 'evaluation'
  | 'sidecar'
  | 'console'
  | 'oauth'
  | 'edge'

/** The names of errors in OAuth answers that Freshet uses (RFC 6749 §5.2, RFC 8693 §2.2.2). */
export type OAuthErrorName =
  | 'invalid_client'
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'unauthorized_client'
  | 'unsupported_grant_type'

/** The catalogue's entry of one failure that someone must act on. */
export interface ErrorEntry {
  readonly disposition: Disposition
  /**
   * The HTTP status by the surface that answers. A surface that is absent never answers with the code. All
   * problem documents (RFC 9457) have the same status for a code.
   */
  readonly http: Readonly<Partial<Record<Surface, number>>>
  /** The member `error` of the OAuth answer; present where `http.oauth` is. */
  readonly oauth?: OAuthErrorName
  /** The gateway's status for a body that is JSON and breaks rules of events. */
  readonly unprocessable?: number
  /** The failure, in the sentence that an operator reads first. */
  readonly what: string
  /** The situations in which a healthy system has this failure. */
  readonly normal: string
  /** The action in all other situations. */
  readonly remedy: string
}
