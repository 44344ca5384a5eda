import type * as z from 'zod'
import { EventError } from '../changes/event-error.ts'
import { pointerOf } from './json-pointer.ts'

const PROBLEMS_MAX = 20

/** Checks a value against a schema. @throws `event.malformed` with every wrong place */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, PROBLEMS_MAX)
  throw new EventError(
    problems.map(({ path, message }) => ({ pointer: pointerOf(path), rule: message })),
  )
}

/** Throws one problem. */
export function refuseAt(pointer: string, rule: string): never {
  throw new EventError([{ pointer, rule }])
}
