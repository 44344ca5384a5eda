import type { ForeignIssuer } from '@freshet/protocol'
import {
  writtenDuration,
  missingFrom,
  otherMembers,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** @internal How a foreign issuer differs. Edges go by the claim map, so all of it counts at once. */
export function issuerDifferences(
  before: ForeignIssuer,
  after: ForeignIssuer,
  place: string,
): readonly PolicyDifference[] {
  const what = `issuer ${after.name}`
  const [had, has] = [[...before.claims.keys()], [...after.claims.keys()]]
  const renamed = has.filter(
    (claim) => had.includes(claim) && before.claims.get(claim) !== after.claims.get(claim),
  )
  return [
    ...missingFrom(after.audiences, before.audiences).map((audience) =>
      tightensAtOnce(`${place}/audiences`, `${audience} accepts no tokens of ${what} any more`),
    ),
    ...missingFrom(before.audiences, after.audiences).map((audience) =>
      widens(`${place}/audiences`, `${audience} accepts tokens of ${what}`),
    ),
    ...missingFrom(has, had).map((claim) =>
      tightensAtOnce(`${place}/claims`, `tokens of ${what} no longer give ${claim}`),
    ),
    ...missingFrom(had, has).map((claim) =>
      widens(`${place}/claims`, `tokens of ${what} give ${claim}`),
    ),
    ...renamed.map((claim) =>
      widens(`${place}/claims`, `tokens of ${what} give ${claim} by another name`),
    ),
    ...longer('marginMs', tightensAtOnce, widens, { before, after, place }),
    ...longer('maxTtlMs', widens, tightensAtOnce, { before, after, place }),
    ...otherMembers(
      ['issuer', 'tenant', 'keys', 'published', 'publicKeys', 'subjects', 'rfc9068', 'issuances'],
      { before, after },
      { what, place },
    ),
  ]
}

type MakeDifference = (place: string, sentence: string) => PolicyDifference

function longer(
  member: 'marginMs' | 'maxTtlMs',
  ifLonger: MakeDifference,
  ifShorter: MakeDifference,
  {
    before,
    after,
    place,
  }: { readonly before: ForeignIssuer; readonly after: ForeignIssuer; readonly place: string },
): readonly PolicyDifference[] {
  const [was, is] = [before[member], after[member]]
  if (was === is) return []
  const name = member.replace(/Ms$/, '')
  const sentence = `${name} of issuer ${after.name} is ${writtenDuration(is)}, not ${writtenDuration(was)}`
  return [(is > was ? ifLonger : ifShorter)(`${place}/${name}`, sentence)]
}
