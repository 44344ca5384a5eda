/** The client that a request claims to be. */
export interface ClaimedClient {
  readonly name: string
  /** Absent: no client has this name. */
  readonly tenant: string | undefined
}

/** The limit on wrong credentials of clients, for the place that one request came from. */
export interface ClientAttempts {
  /** @throws `limit.reached` after too many wrong credentials: nothing is to be checked then */
  admit(claimed: ClaimedClient): void
  /** Counts credentials that were checked. @throws `limit.reached` */
  count(claimed: ClaimedClient, isRight: boolean): Promise<void>
}
