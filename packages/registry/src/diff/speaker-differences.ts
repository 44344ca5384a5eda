import type { Registry } from '@freshet/protocol'
import {
  writtenDuration,
  missingFrom,
  otherwise,
  takesAway,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** An opening that lasts ends where its version no longer allows it. */
function breakGlassChanged(
  { breakGlassMaxMs: was = 0 }: Registry,
  { breakGlassMaxMs: is = 0 }: Registry,
): readonly PolicyDifference[] {
  if (was === is) return []
  if (is === 0) return [tightensAtOnce('/breakGlass', 'no route may be opened any more')]
  const difference = is > was ? widens : tightensAtOnce
  return [difference('/breakGlass', `break-glass grants last at most ${writtenDuration(is)}`)]
}

/** A guard with more questions does not hold the admin of this order. */
function guardChanged(
  { cutOffShare: was = 1 }: Registry,
  { cutOffShare: is = 1 }: Registry,
): readonly PolicyDifference[] {
  if (was === is) return []
  const percent = `${Number((is * 100).toFixed(4))}%`
  const sentence = `cut-offs of more than ${percent} of a tenant must be confirmed`
  return [
    otherwise('/guards/cutOff', is === 1 ? 'no cut-off must be confirmed any more' : sentence),
  ]
}

/** @internal Whose word on accounts, tenants, clients and keys counts. */
export function speakerDifferences(before: Registry, after: Registry): readonly PolicyDifference[] {
  const [was, is] = [before.cutOffs, after.cutOffs]
  return [
    ...(before.account === after.account
      ? []
      : [takesAway('/account', `the account source is ${after.account}, not ${before.account}`)]),
    ...breakGlassChanged(before, after),
    ...guardChanged(before, after),
    ...missingFrom(is, was).map((id) =>
      tightensAtOnce('/cutOffs', `source ${id} can no longer cut off`),
    ),
    ...missingFrom(was, is).map((id) =>
      widens('/cutOffs', `source ${id} can cut off, and its silence makes every token unverified`),
    ),
  ]
}
