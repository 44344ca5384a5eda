import { expect } from 'vitest'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

/** The content of a question to an edge about a token. */
export interface Question {
  readonly token: string
  readonly audience?: string
  readonly require?: Readonly<Record<string, readonly string[]>>
  readonly ignores?: readonly string[]
  readonly risk?: 'high'
  readonly enforce?: string
  readonly name?: string
  readonly route?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

/** The members of the sidecar's answer that tests read. */
export interface CheckAnswer {
  readonly decision: 'allow' | 'deny' | 'challenge'
  readonly claims: Readonly<Record<string, CheckVerdict>>
  readonly token?: CheckVerdict
  readonly status: number
  readonly code?: string
  readonly viewAgeMs: number | null
  readonly validated?: true
  readonly observed?: true
}

interface CheckVerdict {
  readonly verdict: 'fresh' | 'stale' | 'unverified'
  readonly reason?: string
  readonly change?: string
  readonly source?: string
  readonly since?: string
  readonly basis?: 'time'
}

/** Sends a question to a sidecar of the stack. */
export async function check(
  stack: Stack,
  question: Question,
  edge: 'sidecar' | 'sidecar:2' = 'sidecar',
): Promise<CheckAnswer> {
  const response = await fetch(new URL('/v1/check', stack.at[edge]), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
    signal: AbortSignal.timeout(5_000),
  })
  if (!response.ok) throw new Error(`The sidecar answered ${response.status}.`)
  return (await response.json()) as CheckAnswer
}

/** Expects that a sidecar allows; a failure shows the reason for its refusal. */
export async function expectAllowed(
  stack: Stack,
  question: Question,
  edge?: 'sidecar' | 'sidecar:2',
): Promise<void> {
  const answer = await check(stack, question, edge)
  expect(answer).toEqual({ ...answer, decision: 'allow' })
}
