import type { RouteQuestion } from '@freshet/edge'
import { readJsonBody } from '@freshet/runtime'
import * as z from 'zod'

const CLAIMS_MAX = 64
const VALUES_MAX = 1_000
const ROUTE_LENGTH_MAX = 512

/** Strict: a misspelt `require` that nobody reads would let everybody in. */
const questionSchema = z.strictObject({
  token: z.string(),
  audience: z.string().min(1).optional(),
  require: z
    .record(z.string().min(1), z.array(z.string()).max(VALUES_MAX))
    .refine((claims) => Object.keys(claims).length <= CLAIMS_MAX, 'too many claims')
    .optional(),
  risk: z.enum(['normal', 'high']).optional(),
  enforce: z.string().max(64).optional(),
  route: z.string().min(1).max(ROUTE_LENGTH_MAX).optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
  name: z.string().min(1).max(512).optional(),
})

/**
 * Reads the body of `POST /v1/check`.
 *
 * @throws `request.malformed` with a list of what is wrong, by JSON pointer
 */
export function readQuestion(body: Uint8Array): RouteQuestion {
  const name = 'a question of /v1/check'
  const { token, audience, require, ...more } = readJsonBody(body, questionSchema, name)
  const { risk, enforce, route, facts, name: routeName } = more
  return {
    token,
    ...(audience === undefined ? {} : { audience }),
    ...(require === undefined ? {} : { require }),
    ...(risk === undefined ? {} : { risk }),
    ...(enforce === undefined ? {} : { enforce }),
    ...(route === undefined ? {} : { route }),
    ...(facts === undefined ? {} : { facts }),
    ...(routeName === undefined ? {} : { name: routeName }),
  }
}
