import { publicJwks, type VerifyKey } from '@freshet/wire'
import { diffRegistries } from './diff-registries.ts'
import type { PolicyDifference } from './difference.ts'
import { namedPolicyFiles } from '../document/policy-texts.ts'
import type { PolicyVersion } from '../document/registry-document.ts'

/** Returns every difference between two policy versions, including the keys of sources and others. */
export function diffVersions(
  before: PolicyVersion,
  after: PolicyVersion,
): readonly PolicyDifference[] {
  const { registry } = after
  const issuers = [...registry.tenants.values()].flatMap(({ id, identityProviders }) =>
    identityProviders.map(({ issuer }) => ({ id, issuer })),
  )
  return [
    ...diffRegistries(before.registry, registry),
    ...policiesChanged(before, after),
    ...[...registry.sources.keys()].flatMap((id) =>
      keysChanged(`/sources/${id}/keys`, `source ${id}`, [
        before.sourceKeys(id),
        after.sourceKeys(id),
      ]),
    ),
    ...issuers.flatMap(({ id, issuer }) =>
      keysChanged(`/tenants/${id}/identityProviders`, issuer, [
        before.identityProviderKeys(issuer),
        after.identityProviderKeys(issuer),
      ]),
    ),
    ...[...registry.clients.keys()].flatMap((id) =>
      keysChanged(`/clients/${id}/keys`, `client ${id}`, [
        before.clientKeys(id),
        after.clientKeys(id),
      ]),
    ),
  ]
}

/** The effect of a policy is its text: the text does not show whether it allows more or less than before. */
function policiesChanged(before: PolicyVersion, after: PolicyVersion): readonly PolicyDifference[] {
  const places = new Map(namedPolicyFiles(after.registry).map(({ path, place }) => [path, place]))
  return [...places].flatMap(([path, place]) => {
    const [was, is] = [before.policyTexts.get(path), after.policyTexts.get(path)]
    if (was === undefined || was === is) return []
    const sentence = `what stands in ${path} is another text`
    return [{ place, effect: 'other', needsMinimum: false, sentence }]
  })
}

/** The registry's own difference already reports a party that had no keys before as new. */
function keysChanged(
  place: string,
  what: string,
  [was, is]: readonly [readonly VerifyKey[], readonly VerifyKey[]],
): readonly PolicyDifference[] {
  if (was.length === 0 || is.length === 0) return []
  const [known, now] = [texts(was), texts(is)]
  const gone = [...known.keys()].filter((text) => !now.has(text)).map((text) => known.get(text))
  const added = [...now.keys()].filter((text) => !known.has(text)).map((text) => now.get(text))
  const difference = (effect: PolicyDifference['effect'], kids: readonly unknown[], verb: string) =>
    kids.length === 0
      ? []
      : [
          {
            place,
            effect,
            needsMinimum: false,
            sentence: `keys of ${what}: ${kids.join(', ')} ${verb}`,
          },
        ]
  return [...difference('tightens', gone, 'gone'), ...difference('widens', added, 'new')]
}

/** Compares keys by their content, not by their name: another key under the same name is another key. */
function texts(keys: readonly VerifyKey[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [JSON.stringify(publicJwks([key])), key.kid]))
}
