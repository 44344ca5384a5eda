import type { SliStore } from '@freshet/insight'
import type { Clock } from '@freshet/protocol'
import type { Slo } from '@freshet/protocol/slo'

/** The parts that the routes of service levels answer from. */
export interface SloParts {
  readonly slis: SliStore
  readonly slos: readonly Slo[]
  readonly clock: Clock
}
