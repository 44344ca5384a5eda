import { hash } from 'node:crypto'
import type { AuditStream } from './audit-kinds.ts'

/** A point of a chain: the number of its entries, and the hash over all of them. */
export interface ChainPoint {
  readonly n: bigint
  /** SHA-256, base64url. */
  readonly hash: string
}

const LEAF = Buffer.from([0])

/** The point before the first entry. No two chains begin alike, so no chain can replace another. */
export function chainStart(stream: AuditStream): ChainPoint {
  return { n: 0n, hash: hash('sha256', `freshet.audit.v1 ${stream}`, 'base64url') }
}

/** The chain with one more entry: SHA-256(0x00 ‖ hash before ‖ stored bytes). */
export function chainAfter({ n, hash: before }: ChainPoint, entry: string): ChainPoint {
  const linked = Buffer.concat([LEAF, Buffer.from(before, 'base64url'), Buffer.from(entry)])
  return { n: n + 1n, hash: hash('sha256', linked, 'base64url') }
}
