/** The reason why there is no answer, for people. `status` 0: there was no answer at all. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
}

/** Thrown where an answer was expected. */
export class AskError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.title)
    this.problem = problem
  }
}

/** The problem of a thrown value. */
export function problemOf(error: unknown): Problem {
  if (error instanceof AskError) return error.problem
  return {
    status: 0,
    code: 'page.fault',
    title: 'The page failed.',
    detail: String(error),
  }
}

/** There was no answer: the console is down, or this browser is offline. */
export function unreachable(isLate: boolean): Problem {
  return {
    status: 0,
    code: isLate ? 'console.late' : 'console.unreachable',
    title: isLate ? 'The console did not answer in time.' : 'The console cannot be reached.',
    detail: isLate
      ? 'The page waited for 15 s. A slow database delays answers.'
      : 'The console has stopped, or this browser is offline. The page tries again by itself.',
  }
}
