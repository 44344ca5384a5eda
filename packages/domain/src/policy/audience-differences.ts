import { escaped } from '../registry-finding.ts'
import type { Audience, Client, Route } from '../registry.ts'
import {
  durationText,
  missingFrom,
  otherMembers,
  takesAway,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** @internal How an audience differs. */
export function audienceDifferences(
  before: Audience,
  after: Audience,
  place: string,
): readonly PolicyDifference[] {
  const { name } = after
  const [was, is] = [before.claims, after.claims]
  return [
    ...missingFrom(is, was).map((claim) =>
      takesAway(`${place}/claims`, `tokens for ${name} carry ${claim} no more`),
    ),
    ...missingFrom(was, is).map((claim) =>
      widens(`${place}/claims`, `tokens for ${name} carry ${claim}`),
    ),
    ...lifeChanged(before, after, place),
    ...routesChanged(before, after, place),
  ]
}

function lifeChanged(
  before: Audience,
  after: Audience,
  place: string,
): readonly PolicyDifference[] {
  if (before.ttlMs === after.ttlMs) return []
  const say = after.ttlMs < before.ttlMs ? takesAway : widens
  const sentence =
    `tokens for ${after.name} live ${durationText(after.ttlMs)}, ` +
    `not ${durationText(before.ttlMs)}`
  return [say(`${place}/ttl`, sentence)]
}

function routesChanged(
  before: Audience,
  after: Audience,
  place: string,
): readonly PolicyDifference[] {
  const names = [...new Set([...before.routes.keys(), ...after.routes.keys()])]
  return names.flatMap((name) => {
    const [was, is] = [before.routes.get(name), after.routes.get(name)]
    const at = `${place}/routes/${escaped(name)}`
    if (was === undefined) return [widens(at, `route ${name} of ${after.name} is declared`)]
    if (is === undefined)
      return [tightensAtOnce(at, `route ${name} of ${after.name} is not declared any more`)]
    return routeDifferences(was, is, { name, at })
  })
}

/** Whoever enforces a route asks for what its new declaration says, of every token. */
function routeDifferences(
  was: Route,
  is: Route,
  { name, at }: { readonly name: string; readonly at: string },
): readonly PolicyDifference[] {
  const [before, after] = [requiredBy(was), requiredBy(is)]
  return [
    ...missingFrom(before, after).map((each) =>
      tightensAtOnce(`${at}/require`, `route ${name} requires ${each}`),
    ),
    ...missingFrom(after, before).map((each) =>
      widens(`${at}/require`, `route ${name} does not require ${each} any more`),
    ),
    ...(was.risk === is.risk
      ? []
      : [
          (is.risk === 'high' ? tightensAtOnce : widens)(
            `${at}/risk`,
            `route ${name} is of ${is.risk} risk`,
          ),
        ]),
  ]
}

function requiredBy({ require }: Route): readonly string[] {
  return [...require].flatMap(([claim, values]) => values.map((value) => `${value} of ${claim}`))
}

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
      widens(`${place}/audiences`, `${what} may have tokens for ${audience}`),
    ),
    ...missingFrom(after.introspects, before.introspects).map((audience) =>
      tightensAtOnce(`${place}/introspects`, `${what} is told of tokens for ${audience} no more`),
    ),
    ...missingFrom(before.introspects, after.introspects).map((audience) =>
      widens(`${place}/introspects`, `${what} is told of tokens for ${audience}`),
    ),
    ...otherMembers(
      ['tenant', 'subject', 'secretHash', 'keys'],
      { before, after },
      { what, place },
    ),
  ]
}

/** @internal What becomes of the tokens that a client has already. */
export function goOn(client: string): string {
  return `those that it has live on until \`freshet cut-off client ${client}\``
}
