import { FreshetError } from '@freshet/protocol'

/** One problem of an event: its place (a JSON pointer) and the rule that it breaks. */
export interface EventProblem {
  readonly pointer: string
  readonly rule: string
}

/** `event.malformed` with every wrong place. Rules never repeat a value of the event. */
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
