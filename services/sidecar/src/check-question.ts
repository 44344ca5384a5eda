import { TOKEN_BYTES_MAX } from '@freshet/protocol'
import type { RouteQuestion, SenderProof } from '@freshet/edge'
import { readJsonBody } from '@freshet/runtime'
import * as z from 'zod'

const CLAIMS_MAX = 64
const VALUES_MAX = 1_000
const ROUTE_LENGTH_MAX = 512
const URL_LENGTH_MAX = 4_096
const CERTIFICATE_LENGTH_MAX = 16_384

/** The schema is strict: a misspelt `require` would otherwise have no effect and let every caller in. */
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
  scheme: z.enum(['Bearer', 'DPoP']).optional(),
  method: z.string().min(1).max(64).optional(),
  url: z.string().min(1).max(URL_LENGTH_MAX).optional(),
  dpop: z.string().max(TOKEN_BYTES_MAX).optional(),
  certificate: z.base64().max(CERTIFICATE_LENGTH_MAX).optional(),
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
    proof: proofIn(more),
  }
}

type ProofMembers = Pick<
  z.infer<typeof questionSchema>,
  'scheme' | 'method' | 'url' | 'dpop' | 'certificate'
>

/** The service's description of its request, for a token that is bound to a key. */
function proofIn({ scheme, method, url, dpop, certificate }: ProofMembers): SenderProof {
  return {
    scheme: scheme ?? (dpop === undefined ? 'Bearer' : 'DPoP'),
    method,
    url,
    dpop,
    certificate: () => (certificate === undefined ? undefined : Buffer.from(certificate, 'base64')),
  }
}
