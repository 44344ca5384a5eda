import { errorFamilies, FreshetError, type ErrorCode, type ErrorEntry } from '@freshet/domain'
import { problemOf } from './problem.ts'

const HEAD = `# Errors

Every failure of Freshet has one of the codes below. The code is in the problem document of an HTTP answer (RFC 9457: \`code\`, and
the end of \`type\`), in the body of an OAuth error, in log lines, in the quarantine, and in the output of \`freshet\`. Codes are
stable; messages are not. A message names the object, the rule and the place. It never holds a token, a key or the value of a claim.

Each entry names what the loop does that consumes the input: **quarantine** puts the input aside and continues (over HTTP it refuses
the request), **skip** continues without it, **retry** tries again with growing pauses, **stop** ends the process, because a person
has to change something, **crash** ends it at once. OAuth routes answer with the statuses of RFC 6749 instead.

\`node infra/run/errors-page.mjs\` makes this page from \`packages/domain/src/errors\`.
`

/** The page of all error codes, in Markdown. */
export function errorsPage(): string {
  const families = [...errorFamilies].map(([family, entries]) =>
    [`## ${family}`, ...[...entries].map(([code, entry]) => section(code, entry))].join('\n\n'),
  )
  return `${[HEAD.trimEnd(), ...families].join('\n\n')}\n`
}

function section(code: ErrorCode, { what, disposition, normal, remedy }: ErrorEntry): string {
  const { status } = problemOf(new FreshetError(code, what))
  return [
    `### ${code}`,
    '',
    what,
    '',
    `- Answer: HTTP ${status}; the consuming loop: ${disposition}`,
    `- Expected when: ${normal}`,
    `- Remedy: ${remedy}`,
  ].join('\n')
}
