import { evaluationAnswerSchema, evaluationSchema } from '@freshet/events'
import * as z from 'zod'
import { EVALUATION_BYTES_MAX } from './evaluation-route.ts'

const problem = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: { type: 'object' } } },
})

/** The question in full, for people; the schemas beside it are what is read and written. */
const description = `Asked by a resource server for each request to a high-risk route, about one token:
may this subject use these claims of its token at this audience, or make this request to a route of
it, as far as I know?

\`subject.id\` is the token’s \`sub\`, \`resource\` is of type \`audience\` and names an audience of the
token that the client \`introspects\`. \`action.name\` is \`use-claims\`; what the claims permit is then
for the route to know. Or it is a route of the audience as the registry writes it (\`POST /approve\`):
then the token must carry what the route requires, and the policies that it names must permit the
request, by what the sources say of the subject now. Every other question is denied.
\`action.properties.risk\`: \`high\` where the request needs this answer; with \`use-claims\` it is denied
(\`policy.unnamed\`) at an audience that has policies. \`action.properties.require\`: values that the
subject must have, by claim, at most 64 of each. Of a claim that the token says it leaves out they are
compared with what the source says now, and \`context.held\` names it where they are all there; without
values such a claim is \`unverified\` with the reason \`omitted-over\` or \`omitted-unverified\`.

\`context.token\`: the access token. \`context.claims\`: names of the claims that will be used, present
in the token or not, at most 64; left out, all authoritative claims of the token; an empty list, the
token itself. \`context.positions\`: how far the asker has read each partition of the change topic
(\`partition\`, incarnation \`e\`, next \`offset\`; both as decimal strings), each partition once. An
authority that has read less says \`unverified\` with the reason \`authority-behind\`. Every other
member of \`context\` is a fact of the request, which policies read as \`context\`: together at most
4 KiB of JSON, 8 levels, whole numbers.

\`decision\` is true only if every claim is fresh now, by the watermarks of the primary and the
authority’s own source leases. The answer serves one request. \`context.code\` is \`token.invalid\` for
a token that is not in force, or that the ledger does not know: the holder needs a new one;
\`token.insufficient\` where it does not carry what the route requires; \`policy.denied\`,
\`policy.context\`, \`policy.failed\` and \`policy.late\` as /docs/errors.md explains them.
\`context.policies\` names those that decided, by file and line or by their \`@id\`.
\`context.jti\` and \`context.tenant\` name the token that was judged.`

/** Run-time validation (AuthZEN Authorization API 1.0). */
export const evaluationPaths: Readonly<Record<string, object>> = {
  '/access/v1/evaluation': {
    post: {
      summary: 'Run-time validation of a high-risk request (AuthZEN 1.0)',
      description,
      security: [{ client: [] }, { assertion: [] }],
      parameters: [
        {
          name: 'x-request-id',
          in: 'header',
          schema: { type: 'string' },
          description: 'echoed: 1 to 128 visible ASCII characters',
        },
      ],
      requestBody: {
        required: true,
        description: `at most ${EVALUATION_BYTES_MAX} bytes; members that are not named are ignored`,
        content: { 'application/json': { schema: schemaOf(evaluationSchema, 'input') } },
      },
      responses: {
        '200': {
          description: 'Every question that can be read; a denial has `decision: false`',
          content: { 'application/json': { schema: schemaOf(evaluationAnswerSchema, 'output') } },
        },
        '400': problem('No question, or a client that authenticates in two ways'),
        '401': problem('The client does not prove who it is'),
        '403': problem('The client is no resource server of this audience'),
        '413': problem('The body is too large'),
        '415': problem('The body is not JSON'),
        '503': problem('The database is away, or a standby; Retry-After'),
      },
    },
  },
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}
