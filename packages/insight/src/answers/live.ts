import type { ChangeJson } from './change.ts'
import type { EdgeJson } from './loop.ts'

/** A change in the stream, without its subject. */
export interface LiveChange extends Omit<
  ChangeJson,
  'subject' | 'position' | 'revocation' | 'occurredAt' | 'recordedAt' | 'traceparent'
> {
  readonly at: string
  readonly state: string
  readonly completeMs: number | null
  readonly isUpperBound?: boolean
  /** The number of edges that must apply it, and of those that did. */
  readonly edges: { readonly applied: number; readonly awaited: number }
}

/** An edge whose standing is another than before. */
export type LiveEdge = Pick<
  EdgeJson,
  'edge' | 'edges' | 'isUpperBound' | 'audience' | 'version' | 'standing'
>

/** A service level that is otherwise than before. */
export interface LiveSlo {
  readonly name: string
  readonly state: string
  readonly ratio: number | null
  readonly budgetRemaining: number | null
}

/** Something was left out. */
export interface LiveGap {
  readonly reason: string
}
