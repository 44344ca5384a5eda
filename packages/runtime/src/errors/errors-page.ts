import { errorFamilies, type ErrorCode, type ErrorEntry, type Surface } from '@freshet/protocol'

const HEAD = `# Errors

Every failure of Freshet has one of the codes below. The code is in the problem document of an HTTP answer (RFC 9457: \`code\`, and
the end of \`type\`), in the body of an OAuth error, in log lines, in the quarantine, and in the output of \`freshet\`. Codes are
stable; messages are not. A message names the object, the rule and the place. It never holds a token, a key or the value of a claim.

Each entry has the HTTP status by the surface that answers:

- **Every service**: its HTTP server, before a route.
- **Gateway**, **console**: problem documents of their routes. The console also passes on the gateway's answer to an order.
- **OAuth**: \`/oauth/…\` of the authority, in the form of RFC 6749.
- **Decisions**: \`/access/v1/evaluation\` of the authority, in problem documents. A denial is not an error: it is 200.
- **Edge**: the middleware of the SDK, \`/authz/generic\` of the sidecar, and \`status\` in the answer of \`/v1/check\`. nginx
  gets 401 or 403 with this status in \`x-freshet-status\`.
- **Sidecar**: problem documents of its own, about the question and not about the token.

Each entry also has the action of the loop that consumes the input: **quarantine** puts the input aside and continues,
**skip** continues without it, **retry** tries again with growing pauses, **stop** ends the process, because a person has to change
something, **crash** ends it at once.

To find out later why requests were refused, query \`freshet_request_refusals_total\` by \`code\`, and \`freshet_mint_refusals_total\` for token
requests ([metrics](metrics.md)). With \`FRESHET_LOG_LEVEL=debug\`, a service also logs each refusal with its code.

\`node infra/run/errors-page.mjs\` makes this page from \`packages/protocol/src/errors\`.
`

/** The names of surfaces, in the order in which the page has them. */
const SURFACES: ReadonlyMap<Surface, string> = new Map([
  ['service', 'every service'],
  ['gateway', 'gateway'],
  ['oauth', 'OAuth'],
  ['evaluation', 'decisions'],
  ['edge', 'edge'],
  ['sidecar', 'sidecar'],
  ['console', 'console'],
])

const BY_SYMPTOM = `## By symptom

Find the answer, then read the entry of the code in its body. If many requests fail, run \`freshet status\` first: it names the cause that
the others follow from, and \`freshet doctor\` has the fix. \`freshet token explain TOKEN\` explains the answers about one token.

| answer | codes |
| --- | --- |`

/** The answers that people see first, by surface. */
const SYMPTOMS: ReadonlyMap<Surface, string> = new Map([
  ['edge', 'A protected service answers'],
  ['oauth', 'The authority mints no token and answers'],
  ['gateway', 'The gateway refuses a change or an order with'],
])
/** Families of many codes with one status. The table names the family. */
const WHOLE_FAMILIES: readonly string[] = ['Dependencies', 'Set-up']

/** A table from each answer to its codes. */
function symptoms(): string {
  const rows = [...SYMPTOMS].flatMap(([surface, answer]) =>
    [...linksByStatus(surface)]
      .toSorted(([one], [two]) => one - two)
      .map(([status, links]) => `| ${answer} ${status} | ${[...links].join(', ')} |`),
  )
  return [BY_SYMPTOM, ...rows].join('\n')
}

function linksByStatus(surface: Surface): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>()
  const all = [...errorFamilies].flatMap(([family, entries]) =>
    [...entries].map(([code, entry]) => ({ family, code, entry })),
  )
  for (const { family, code, entry } of all) {
    const name = WHOLE_FAMILIES.includes(family) ? family : code
    const link = `[${name}](#${name.toLowerCase().replaceAll('.', '')})`
    const more = surface === 'gateway' ? entry.unprocessable : undefined
    for (const status of [entry.http[surface], more])
      if (status !== undefined) found.set(status, (found.get(status) ?? new Set()).add(link))
  }
  return found
}

/** The page of all error codes, in Markdown. */
export function errorsPage(): string {
  const families = [...errorFamilies].map(([family, entries]) =>
    [`## ${family}`, ...[...entries].map(([code, entry]) => section(code, entry))].join('\n\n'),
  )
  return `${[HEAD.trimEnd(), symptoms(), ...families].join('\n\n')}\n`
}

function section(code: ErrorCode, entry: ErrorEntry): string {
  const { what, disposition, normal, remedy } = entry
  return [
    `### ${code}`,
    '',
    what,
    '',
    `- HTTP: ${answersOf(entry)}`,
    `- The consuming loop: ${disposition}`,
    `- Expected when: ${normal}`,
    `- Remedy: ${remedy}`,
  ].join('\n')
}

function answersOf({ http, oauth, unprocessable }: ErrorEntry): string {
  const answers = [...SURFACES].flatMap(([surface, name]) => {
    const status = http[surface]
    if (status === undefined) return []
    const more = surface === 'oauth' && oauth !== undefined ? ` \`${oauth}\`` : ''
    const rules =
      surface === 'gateway' && unprocessable ? ` (${unprocessable} for JSON that breaks rules)` : ''
    return [`${name} ${status}${more}${rules}`]
  })
  return answers.length === 0 ? 'none; no request is answered with it' : answers.join(', ')
}
