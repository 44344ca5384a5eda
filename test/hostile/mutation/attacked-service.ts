import type { createApp } from '@freshet/runtime'
import type { Mutated } from './mutator.ts'
import type { Sample } from '../../requests/operation.ts'
import type { HostileAnswer } from '../../requests/request.ts'

/** A service's HTTP routes over memory, and an independent reader of its requests. */
export interface AttackedService {
  readonly name: string
  readonly app: Pick<ReturnType<typeof createApp>, 'request' | 'routes'>
  readonly samples: readonly Sample[]
  /** Returns every row that a request could change. Rows are values: a changed one is another object. */
  state(): readonly unknown[]
  /** Lets budgets fill up again before the next request. */
  pause(): Promise<void>
  /**
   * Returns the fault of an answer, by a reader of the request that shares no code with the service;
   * `undefined` if there is none.
   */
  judge(sent: Mutated, answer: HostileAnswer, hasChanged: boolean): string | undefined
}
