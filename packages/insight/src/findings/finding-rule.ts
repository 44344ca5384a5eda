import type { EdgesAnswer, Lag } from '../answers/loop.ts'
import type { QuarantinedList } from '../answers/quarantined.ts'
import type { RegistryAnswer } from '../answers/registry.ts'
import type { SloJson } from '../answers/slo.ts'
import type { Status } from '../answers/health.ts'
import type { AlertKey } from '../slo/alerts.ts'

/**
 * The meaning of a finding for the state of the whole. `not-fresh`: some claims or edges are not provably fresh now.
 * `degraded`: everything is enforced, and a person is needed. `note`: neither. `unknown`: it cannot be known.
 */
export type Weight = 'unknown' | 'not-fresh' | 'degraded' | 'note'

/** The last answer of a service to the console. */
export interface ServiceCheck {
  /** Its name in the stack: `reconciler`, `sidecar:2`. */
  readonly service: string
  readonly state: 'ready' | 'not-ready' | 'no-answer'
  /** The reason of a service that is not ready. */
  readonly reason?: string
  /** RFC 3339 time of the first answer in this state. */
  readonly since: string
}

/** The answers of the console that findings are decided from. An absent answer has no finding. */
export interface HealthFigures {
  readonly status?:
    | Pick<
        Status,
        | 'measuredAt'
        | 'policy'
        | 'partitions'
        | 'sources'
        | 'doubted'
        | 'omitted'
        | 'openings'
        | 'probes'
      >
    | undefined
  readonly edges?: Pick<EdgesAnswer, 'items' | 'groups' | 'uncounted'> | undefined
  readonly lag?: Pick<Lag, 'recording' | 'edges'> | undefined
  readonly quarantined?: Pick<QuarantinedList, 'counts'> | undefined
  readonly slos?: readonly SloJson[] | undefined
  readonly registry?: Pick<RegistryAnswer, 'findings'> | undefined
  /** The services that the console asks; absent: it asks none. */
  readonly services?: readonly ServiceCheck[] | undefined
  /** The failure of the console’s last reads of the database; absent: they succeeded. */
  readonly blind?: { readonly since: string; readonly code: string } | undefined
  /** The least time from commit to append lately, by source; below zero its clock is ahead. */
  readonly skews?: readonly { readonly source: string; readonly skewMs: number }[] | undefined
}

/** One object that a rule found in its state. */
export interface Fault {
  /** The name of the object: a source, a partition, an objective. */
  readonly object: string
  /** The observation, as a sentence without its stop. */
  readonly what: string
  /** The action for the reader, best as a command. */
  readonly remedy: string
  /** The tenant of the object, if it belongs to one. */
  readonly tenant?: string
  /** RFC 3339 time of its begin, if the figures contain it. */
  readonly since?: string | undefined
  /** Default: the weight of the rule. */
  readonly weight?: Weight
  /** Default: the effect of the rule. */
  readonly effect?: string
  /** The edges have the last heartbeat of every source: their views age because no source sends one. */
  readonly missesNothing?: boolean
}

/** One kind of fault: its rule, and the meaning of it. */
export interface FindingRule {
  /** The alert that reports the same state; `null`: none. */
  readonly alert: AlertKey | null
  readonly weight: Weight
  /** The effect on users of the system. It begins in lower case, because the doctor shows it after a label. */
  readonly effect: string
  /** Returns the objects in this state. It is pure, and total over figures that are missing. */
  readonly find: (figures: HealthFigures) => readonly Fault[]
}
