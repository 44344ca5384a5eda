import type { Verdict } from '@freshet/protocol'
import type { ValidationAnswer, ValidationQuestion, Validator } from '@freshet/edge'

/** A validator that gives the same answer to all, and remembers what it was asked. */
export function answeringValidator(
  verdict: Verdict,
): Validator & { readonly questions: ValidationQuestion[] } {
  const questions: ValidationQuestion[] = []
  return {
    questions,
    validate: async (question) => {
      questions.push(question)
      return answerWith(question, verdict)
    },
  }
}

/** An authority's answer about the token of the question: this verdict on each claim. */
export function answerWith(
  { token, claims }: ValidationQuestion,
  verdict: Verdict,
): ValidationAnswer {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly jti: string
    readonly freshet: { readonly tenant: string }
  }
  const verdicts = new Map(claims.map((claim) => [claim, verdict]))
  return { tenant: payload.freshet.tenant, jti: payload.jti, isKnown: true, verdicts }
}
