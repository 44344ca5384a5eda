import type { EdgesAnswer, Lag } from '../answers/loop.ts'
import type { ParkedList } from '../answers/parked.ts'
import type { RegistryAnswer } from '../answers/registry.ts'
import type { SloJson } from '../answers/slo.ts'
import type { Status } from '../answers/standing.ts'
import type { AlertKey } from '../slo/alerts.ts'

/** The answers of the console that findings are decided from. An absent answer has no finding. */
export interface HealthFigures {
  readonly status?:
    | Pick<Status, 'measuredAt' | 'policy' | 'partitions' | 'sources' | 'openings' | 'probes'>
    | undefined
  readonly edges?: Pick<EdgesAnswer, 'items' | 'groups' | 'uncounted'> | undefined
  readonly lag?: Pick<Lag, 'recording' | 'edges'> | undefined
  readonly parked?: Pick<ParkedList, 'counts'> | undefined
  readonly slos?: readonly SloJson[] | undefined
  readonly registry?: Pick<RegistryAnswer, 'findings'> | undefined
}

/** One object that a rule found in its state. */
export interface Fault {
  /** The name of the object: a source, a partition, an objective. */
  readonly object: string
  /** The observation, as a sentence without its stop. */
  readonly what: string
  /** The action for the reader, best as a command. */
  readonly remedy: string
  /** The code of the error behind it, whose record has a remedy of its own. */
  readonly code?: string
}

/** One kind of fault: its rule, and the meaning of it. */
export interface FindingRule {
  /** The alert that reports the same state; `null`: none. */
  readonly alert: AlertKey | null
  /** The effect on users of the system. It begins in lower case, because the doctor shows it after a label. */
  readonly effect: string
  /** Returns the objects in this state. It is pure, and total over figures that are missing. */
  readonly find: (figures: HealthFigures) => readonly Fault[]
}
