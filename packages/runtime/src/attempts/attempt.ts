import type { AuditKind } from '@freshet/wire'
import type { Context } from 'hono'
import { peerAddress } from '../http/peer-address.ts'

/** The proof that is guessed, and the kind of its entries in the audit. */
export const GUESSED = {
  'admin token': 'admin-refused',
  'client credential': 'client-refused',
} as const satisfies Readonly<Record<string, AuditKind>>

/** The name of a proof that is guessed. */
export type Guessed = keyof typeof GUESSED

/** The place that a request came from. */
export interface Peer {
  /** The result of `peerAddress`. */
  readonly address: string
  readonly path: string
}

/** A request that proves who sends it, or tries to. */
export interface Attempt extends Peer {
  /** The name that the sender claims. Default: none, because the proof alone names its holder. */
  readonly name?: string
  /**
   * The tenant of the party that has this name. Absent: no party has it. Then no log and no audit shows the name,
   * because a secret in the wrong field looks the same.
   */
  readonly tenant?: string | undefined
}

/** Returns the place that a request came from. */
export function peerOf(c: Context): Peer {
  return { address: peerAddress(c), path: c.req.path }
}
