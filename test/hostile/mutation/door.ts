import type { createApp } from '@freshet/runtime'
import type { Mutated } from './mutator.ts'
import type { HostileAnswer, HostileRequest } from './request.ts'

/** A valid request to one route. */
export interface Sample {
  readonly name: string
  /** As the router knows it: `POST /v1/changes`. */
  readonly route: string
  /** A document for everybody: tried less often. */
  readonly isPublic?: true
  /** Fresh each time: an assertion serves one request. */
  readonly make: () => HostileRequest
}

/** A service's HTTP door over memory, and what an independent reader knows of it. */
export interface Door {
  readonly name: string
  readonly app: Pick<ReturnType<typeof createApp>, 'request' | 'routes'>
  readonly samples: readonly Sample[]
  /** Every row that a request could change. Rows are values: a changed one is another object. */
  state(): readonly unknown[]
  /** Lets budgets fill up again before the next request. */
  pause(): Promise<void>
  /**
   * What is wrong with an answer, by a reading of the request that shares no code with the door;
   * `undefined` where nothing is.
   */
  judge(sent: Mutated, answer: HostileAnswer, hasChanged: boolean): string | undefined
}
