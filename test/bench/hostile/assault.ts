import type { TokenStack } from '../stack/token-requests.ts'

/** The services that have an open port. */
export type TargetService = 'gateway' | 'authority' | 'sidecar' | 'console'

/** The things that requests of strangers and of known senders are made of. */
export interface AssaultWorld extends TokenStack {
  /** A valid token that every edge refuses, because its subject lost a value. */
  readonly stale: string
  /** The key of the console's vouchers, by its published name. */
  readonly voucherKid: string
}

/** A source that signs an assertion for each request of its own. */
export interface AssaultSigner {
  readonly source: string
  readonly kid: string
  readonly keyFile: string
  readonly audience: string
}

/** A request that is sent again and again. */
export interface AssaultRequest {
  /** Default: `POST`. */
  readonly method?: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Default: none. */
  readonly body?: string
  /** Absent: each request has the same head. */
  readonly signer?: AssaultSigner
}

/** Makes the request of a sender without credentials (`stranger`), or with right ones (`member`). */
export type Assault = (world: AssaultWorld) => AssaultRequest

/** Routes that share their guard, with the worst requests that they take. */
export interface AttackTarget {
  /** The service, and a name below it. */
  readonly name: string
  readonly service: TargetService
  /** As the OpenAPI document of the service has them: `POST /v1/changes`. */
  readonly routes: readonly string[]
  /** The worst request of each kind of sender. */
  readonly assaults: Readonly<Record<string, Assault>>
  /** Senders whose right answer is 200: a decision, or a document that everybody can read. */
  readonly answers?: readonly string[]
}
