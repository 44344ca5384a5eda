import type { Client } from '@freshet/protocol'
import {
  missingFrom,
  otherMembers,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** @internal How a client differs. Its tokens are cut off by its name, not by a version of all. */
export function clientDifferences(
  before: Client,
  after: Client,
  place: string,
): readonly PolicyDifference[] {
  const what = `client ${after.id}`
  return [
    ...missingFrom(after.audiences, before.audiences).map((audience) =>
      tightensAtOnce(
        `${place}/audiences`,
        `${what} gets no more tokens for ${audience}; ${goOn(after.id)}`,
      ),
    ),
    ...missingFrom(before.audiences, after.audiences).map((audience) =>
      widens(`${place}/audiences`, `${what} can get tokens for ${audience}`),
    ),
    ...missingFrom(after.introspects, before.introspects).map((audience) =>
      tightensAtOnce(
        `${place}/introspects`,
        `${what} can no longer introspect tokens for ${audience}`,
      ),
    ),
    ...missingFrom(before.introspects, after.introspects).map((audience) =>
      widens(`${place}/introspects`, `${what} can introspect tokens for ${audience}`),
    ),
    ...missingFrom(after.scopes ?? [], before.scopes ?? []).map((scope) =>
      tightensAtOnce(`${place}/scopes`, `${what} cannot ask for scope ${scope}; ${goOn(after.id)}`),
    ),
    ...missingFrom(before.scopes ?? [], after.scopes ?? []).map((scope) =>
      widens(`${place}/scopes`, `${what} can ask for scope ${scope}`),
    ),
    ...missingFrom(after.presents ?? [], before.presents ?? []).map((party) =>
      tightensAtOnce(`${place}/presents`, `${what} can no longer exchange tokens of ${party}`),
    ),
    ...missingFrom(before.presents ?? [], after.presents ?? []).map((party) =>
      widens(`${place}/presents`, `${what} can exchange tokens of ${party}`),
    ),
    ...missingFrom(after.edges ?? [], before.edges ?? []).map((edge) =>
      widens(`${place}/edges`, `reports of edge ${edge} count without the signature of ${what}`),
    ),
    ...missingFrom(before.edges ?? [], after.edges ?? []).map((edge) =>
      tightensAtOnce(`${place}/edges`, `reports of edge ${edge} need the signature of ${what}`),
    ),
    ...otherMembers(['tenant', 'subject'], { before, after }, { what, place }).map((difference) =>
      tightensAtOnce(difference.place, `${difference.sentence}; ${goOn(after.id)}`),
    ),
    ...otherMembers(['secretHash', 'keys', 'limits'], { before, after }, { what, place }),
  ]
}

/** @internal What becomes of the tokens that a client has already. */
export function goOn(client: string): string {
  return `its present tokens are valid until \`freshet cut-off client ${client}\``
}
