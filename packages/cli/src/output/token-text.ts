import type { TokenAnswer } from '../http/console-answers.ts'
import type { Colors } from './colors.ts'
import { printable } from './printable.ts'
import { verdictText } from './verdict-text.ts'

/** What the authority says of a token, as people read it. */
export function tokenText(answer: TokenAnswer, colors: Colors): string {
  const { jti, tenant, client, policyVersion, expired, parties, claims } = answer
  return [
    `token ${printable(jti)}${expired ? ` ${colors.yellow('expired')}` : ''}`,
    `  for ${printable(client)} in ${printable(tenant)}, policy version ${policyVersion}`,
    ...parties.map(({ subject, label }) => {
      const at = `e ${label.e}, subject ${label.s}, control ${label.c}`
      return `  ${printable(subject.sub)} (${printable(subject.iss)}): claims as of ${at}`
    }),
    ...Object.entries(claims).map(([claim, verdict]) => `  ${verdictText(claim, verdict, colors)}`),
    ...ledgerLines(answer),
  ].join('\n')
}

function ledgerLines({ ledger }: TokenAnswer): readonly string[] {
  if (ledger === null) return ['  the ledger does not know it, or dropped it after it expired']
  const { issuedAt, expiresAt, mark } = ledger
  const life = `  issued ${issuedAt}, expires ${expiresAt}`
  if (mark === null) return [`${life}; not marked stale`]
  const { at, reason, source, change } = mark
  return [life, printable(`  marked stale at ${at}: ${reason} by change ${change} of ${source}`)]
}
