import { errorCodes } from '@freshet/protocol'
import { EventError } from '@freshet/wire'
import { problemOf, type Problem } from '@freshet/runtime'

const { unprocessable } = errorCodes['event.malformed']

/**
 * The problem for an error of the gateway. A JSON body that breaks rules is 422 and lists each rule and its
 * place; a body that cannot be parsed stays 400.
 */
export function requestProblem(error: unknown): Problem {
  const problem = problemOf(error)
  const cause: unknown = error instanceof Error ? error.cause : undefined
  if (!(error instanceof EventError)) {
    return cause instanceof EventError ? { ...problem, errors: cause.errors } : problem
  }
  return { ...problem, status: unprocessable, errors: error.errors }
}

/** The problems among the answers to the parts of a request. */
export function problemsIn(answers: readonly ({ readonly status: number } | Problem)[]): Problem[] {
  return answers.flatMap((answer) => ('code' in answer ? [answer] : []))
}

/** The answer to a request as a whole. `more` are members beside those of the problem. */
export function problemResponse(problem: Problem, more: object = {}): Response {
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer')
  if (problem.retryAfter !== undefined) headers.set('retry-after', String(problem.retryAfter))
  return new Response(JSON.stringify({ ...problem, ...more }), { status: problem.status, headers })
}
