import type { SubjectStateJson, TokenView } from '@freshet/insight/answers'
import type { ConsoleClient } from '../../http/console-client.ts'

/**
 * Asks for the claims now of the subject of a token. Operators get values, and the audit records it. `undefined` if the
 * role does not get the name, if the console has no answer, and for a token with actors: it carries only values that
 * all of them have. The explanation of a token does not depend on it.
 */
export async function valuesNow(
  client: Pick<ConsoleClient, 'subjectState'>,
  { tenant, parties }: TokenView,
): Promise<SubjectStateJson['claims'] | undefined> {
  const [party, ...actors] = parties
  if (party === undefined || party.subject.sub === null || actors.length > 0) return undefined
  const { sub, iss } = party.subject
  const state = await client.subjectState(sub, { tenant, iss, probes: true }).catch(() => undefined)
  return state?.claims
}
