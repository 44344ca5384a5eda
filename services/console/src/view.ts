import { redactionOf } from '@freshet/insight/answers'
import type { Wire } from '@freshet/wire/wire-types'
import type { Context, Env, Hono } from 'hono'
import type * as z from 'zod'
import { maySeePersons } from './admission/admission.ts'

/** The `apiVersion` of every answer. */
export const API_VERSION = 'freshet.dev/v1'

/** The content of an answer, as operators get it. */
export type Content<Form extends z.ZodType> = Omit<Wire<Form>, 'apiVersion'>

/**
 * Adds a route that shows something to admins. Here alone an answer loses what its form has for operators, so a route
 * returns the whole content.
 */
export function addView<Path extends string, Form extends z.ZodObject>(
  app: Hono,
  path: Path,
  form: Form,
  contentFor: (c: Context<Env, Path>) => Promise<Content<Form>> | Content<Form>,
  method: 'GET' | 'POST' = 'GET',
): void {
  const redact = redactionOf(form)
  app.on(method, path, async (c) => {
    const answer = { apiVersion: API_VERSION, ...(await contentFor(c)) }
    return c.json(redact === undefined || maySeePersons(c) ? answer : (redact(answer) as object))
  })
}
