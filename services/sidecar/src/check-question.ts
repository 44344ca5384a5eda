import { TOKEN_BYTES_MAX } from '@freshet/protocol'
import type { RouteQuestion, SenderProof } from '@freshet/edge'
import { readJsonBody } from '@freshet/runtime'
import * as z from 'zod'

const CLAIMS_MAX = 64
const VALUES_MAX = 1_000
/** Values in the JSON of a question: its sender need not prove anything before they are read. */
const JSON_VALUES_MAX = 4_096
const ROUTE_LENGTH_MAX = 512
const URL_LENGTH_MAX = 4_096
const CERTIFICATE_LENGTH_MAX = 16_384

/** The schema is strict: a misspelt `require` would otherwise have no effect and let every caller in. */
export const questionForm = z.strictObject({
  token: z.string(),
  audience: z.string().min(1).optional().describe('Default: the audience of the sidecar'),
  require: z
    .record(z.string().min(1), z.array(z.string()).max(VALUES_MAX))
    .refine((claims) => Object.keys(claims).length <= CLAIMS_MAX, 'too many claims')
    .optional()
    .describe('Values that the token must carry; absent: every claim in it is judged'),
  ignores: z
    .array(z.string().min(1))
    .max(CLAIMS_MAX)
    .optional()
    .describe(
      'Claims of `polarity: restrict` that do not bind this request; absent: every restricting claim of the audience does',
    ),
  risk: z
    .enum(['normal', 'high'])
    .optional()
    .describe('high: the authority judges this request; without an authority it is denied'),
  enforce: z
    .string()
    .max(64)
    .optional()
    .describe(
      'always (default), or `observe until 2026-12-24`: until the end of that day in UTC no valid token is refused',
    ),
  route: z
    .string()
    .min(1)
    .max(ROUTE_LENGTH_MAX)
    .optional()
    .describe(
      'The route as the registry writes it (`POST /approve`): its requirements and policies apply too, and the risk is high',
    ),
  facts: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Facts of the request that the policies of the route read; sent to the authority'),
  name: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe('The name of the route, as break-glass grants have it: `POST /approve`'),
  scheme: z
    .enum(['Bearer', 'DPoP'])
    .optional()
    .describe('The scheme of the token; default: DPoP if dpop is present, else Bearer'),
  method: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('The method of the request, for a DPoP proof'),
  url: z
    .string()
    .min(1)
    .max(URL_LENGTH_MAX)
    .optional()
    .describe('The target or URL of the request, for a DPoP proof; only its path counts'),
  dpop: z
    .string()
    .max(TOKEN_BYTES_MAX)
    .optional()
    .describe('The DPoP header of the request (RFC 9449)'),
  certificate: z
    .base64()
    .max(CERTIFICATE_LENGTH_MAX)
    .optional()
    .describe(
      'DER of the certificate of the client (RFC 8705), if FRESHET_PROOF has mtls without a header',
    ),
})

/**
 * Reads the body of `POST /v1/check`.
 *
 * @throws `request.malformed` with a list of what is wrong, by JSON pointer
 */
export function readQuestion(body: Uint8Array): RouteQuestion {
  const name = 'a question of /v1/check'
  const { token, audience, require, ...more } = readJsonBody(body, questionForm, name, {
    maxValues: JSON_VALUES_MAX,
  })
  const { risk, enforce, route, facts, ignores, name: routeName } = more
  return {
    token,
    ...(audience === undefined ? {} : { audience }),
    ...(require === undefined ? {} : { require }),
    ...(ignores === undefined ? {} : { ignores }),
    ...(risk === undefined ? {} : { risk }),
    ...(enforce === undefined ? {} : { enforce }),
    ...(route === undefined ? {} : { route }),
    ...(facts === undefined ? {} : { facts }),
    ...(routeName === undefined ? {} : { name: routeName }),
    proof: proofIn(more),
  }
}

type ProofMembers = Pick<
  z.infer<typeof questionForm>,
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
