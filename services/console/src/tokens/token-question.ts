import { FreshetError } from '@freshet/protocol'
import { readJsonBody } from '@freshet/runtime'
import * as z from 'zod'

/** A whole token stands in a body: what stands in a URL ends up in logs. */
export const tokenQuestionForm = z.object({ token: z.string().min(1).max(8_192) })

/**
 * Reads the body of `POST /v1/tokens/explain`.
 *
 * @throws `request.malformed` with a list of what is wrong, by JSON pointer
 */
export function readTokenQuestion(body: Uint8Array): string {
  return readJsonBody(body, tokenQuestionForm, 'a question of /v1/tokens/explain').token
}

/** A malformed token is the question's fault: 401 would concern the asking person. */
export function wrongToken(error: unknown): never {
  const isTheirs = error instanceof FreshetError && error.code === 'token.invalid'
  if (!isTheirs) throw error
  throw new FreshetError('request.malformed', error.message, { cause: error })
}
