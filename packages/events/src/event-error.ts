import { FreshetError } from '@freshet/domain'

/** One thing that is wrong with an event: where (a JSON pointer) and which rule it breaks. */
export interface EventProblem {
  readonly pointer: string
  readonly rule: string
}

/** `event.malformed` with every place that is wrong. Rules never repeat a value of the event. */
export class EventError extends FreshetError {
  readonly errors: readonly EventProblem[]

  constructor(errors: readonly EventProblem[], options?: { cause?: unknown }) {
    super(
      'event.malformed',
      errors.map(({ pointer, rule }) => `${pointer}: ${rule}`).join('; '),
      options,
    )
    this.name = 'EventError'
    this.errors = errors
  }
}
