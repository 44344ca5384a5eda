import { CONTROL_PARTITION } from '@freshet/protocol'
import type { QuarantinedRecord, QuarantinedEffects } from './quarantine-store.ts'

/**
 * The effects of a quarantined record, and the events that end them. This is the form of the API, with
 * numbers as text.
 */
export interface InDoubt {
  /** Claims of subjects that are not minted until a `set` names the record in `settles`. */
  readonly claims: readonly {
    readonly subject: string
    readonly claim: string
    readonly settled: boolean
    readonly settles: { readonly e: string; readonly partition: number; readonly offset: string }
  }[]
  /** Tenants in which its source is halted in the record’s partition until a snapshot. */
  readonly halted: readonly string[]
  /** The events that end the doubts, for people; empty if nothing is in doubt. */
  readonly resolvedBy: readonly string[]
}

/** Derives it from the stored state. Neither replaying nor dropping the record ends a doubt. */
export function inDoubtOf(
  quarantined: Pick<QuarantinedRecord, 'partition' | 'source' | 'code'>,
  { doubts, halted }: QuarantinedEffects,
): InDoubt {
  const { partition } = quarantined
  const claims = doubts.map(({ subject, claim, settled, e, offset }) => {
    return { subject, claim, settled, settles: { e: String(e), partition, offset: String(offset) } }
  })
  return { claims, halted, resolvedBy: remedies(quarantined, claims, halted) }
}

function remedies(
  { partition, source, code }: Pick<QuarantinedRecord, 'partition' | 'source' | 'code'>,
  claims: InDoubt['claims'],
  halted: readonly string[],
): readonly string[] {
  const open = claims.filter(({ settled }) => !settled)
  const confirmation =
    code === 'event.unconfirmed' ? 'sends the end again under another id, confirmed, or ' : ''
  // The control partition contains accounts and cut-offs, which a snapshot of claims does not state.
  const announced =
    partition === CONTROL_PARTITION ? ', with all accounts and cut-offs that it sends' : ''
  const names = [...new Set(open.map(({ claim }) => claim))].join(', ')
  return [
    ...(open.length === 0
      ? []
      : [
          `the owner of ${names} sends a set for each subject whose settles names the record, or an operator who knows what holds clears it`,
        ]),
    ...(halted.length === 0
      ? []
      : [
          `${source} ${confirmation}states everything anew (snapshot-begin to snapshot-end${announced}) for ${halted.join(', ')}; until then what it says in partition ${partition} is unverified`,
        ]),
    ...(code === 'event.unauthentic'
      ? [
          'nothing is in doubt; if it is genuine, its number is missing in the feed, and the source is unverified there until the record is replayed or sent again',
        ]
      : []),
  ]
}
