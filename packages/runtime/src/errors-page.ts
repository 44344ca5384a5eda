import { errorFamilies, FreshetError, type ErrorCode, type ErrorEntry } from '@freshet/domain'
import { problemOf } from './problem.ts'

const HEAD = `# Errors

Every failure that Freshet tells has one of the codes below, wherever it is told: in the problem document of an HTTP answer
(RFC 9457, \`code\`, and \`type\` ends in it), in the body of an OAuth error, in a log line, in the quarantine, and by
\`freshet\`. Codes are stable; messages are not. A message names the thing, the rule and the place, never a token, a key or
the value of a claim.

What the loop that met an error does: **quarantine** puts the input aside and goes on (over HTTP: refuses it), **skip** goes
on without it, **retry** tries again with growing pauses, **stop** ends the process, because a person has to change something,
**crash** ends it at once. HTTP statuses are those of our own routes; OAuth routes answer as RFC 6749 says.

This page is made from \`packages/domain/src/errors\` by \`node infra/run/errors-page.mjs\`.
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
    `- Told as: HTTP ${status}; the loop: ${disposition}`,
    `- Normal: ${normal}`,
    `- Else: ${remedy}`,
  ].join('\n')
}
