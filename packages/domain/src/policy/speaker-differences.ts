import type { Registry } from '../registry.ts'
import {
  missingFrom,
  takesAway,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** @internal Whose word on accounts, tenants, clients and keys counts. */
export function speakerDifferences(before: Registry, after: Registry): readonly PolicyDifference[] {
  const [was, is] = [before.cutOffs, after.cutOffs]
  return [
    ...(before.account === after.account
      ? []
      : [
          takesAway(
            '/account',
            `accounts are the word of ${after.account}, not of ${before.account}`,
          ),
        ]),
    ...missingFrom(is, was).map((id) =>
      tightensAtOnce('/cutOffs', `source ${id} may not cut off any more`),
    ),
    ...missingFrom(was, is).map((id) =>
      widens('/cutOffs', `source ${id} may cut off, and its silence makes every token unverified`),
    ),
  ]
}
