import type { Checkpoint } from '@freshet/protocol'

/**
 * Sources of the model: `hr` owns the claims, `sec` the accounts and the denials. `neighbour` is `hr` again,
 * for another tenant.
 */
export type SourceName = 'hr' | 'neighbour' | 'sec'

/** The sources that own claims. */
export type ClaimSource = 'hr' | 'neighbour'

/** The tenant and source of each feed, as heartbeats name them. */
export const FEED_OF: Readonly<Record<SourceName, { tenant: string; source: string }>> = {
  hr: { tenant: 'acme', source: 'hr' },
  neighbour: { tenant: 'globex', source: 'hr' },
  sec: { tenant: 'acme', source: 'sec' },
}

/** A feed that the registry has and that never sent a record. */
export const SILENT_FEED = { tenant: 'initech', source: 'hr' }

/** A record of the change topic. `number` is dense per source and partition. */
export interface Change {
  readonly id: string
  readonly source: SourceName
  readonly number: number
  /** A heartbeat states `throughMs` and counts when every number up to `number` was recorded. */
  readonly throughMs: number | null
  /** The loss of a value: `ordinal` counts the losses of one scope at the source. */
  readonly loss: { readonly scope: string; readonly ordinal: number } | null
}

/** A row of the outbox and of the revocation topic. Denials have no position. */
export interface Row {
  /** Identity of the outbox row; it is not published. */
  readonly key: string
  readonly scope: string
  readonly e: bigint
  readonly offset: number
  readonly isDenial: boolean
}

/** An entry of the revocation topic. Only checkpoints made by `Signer` pass for signed. */
export type Entry =
  | { readonly kind: 'row'; readonly row: Row; readonly hash: string }
  | { readonly kind: 'checkpoint'; readonly hash: string; readonly checkpoint: Checkpoint }

export function rowEntry(row: Row): Entry {
  const { scope, e, offset } = row
  return { kind: 'row', row, hash: `${scope}@${e}.${offset}` }
}

/**
 * Returns the digest over covered records: it is honest, because the model's adversary cannot collide
 * strings.
 */
export function digest(hashes: readonly string[]): string {
  return hashes.join('|')
}
