import { diffRegistries, type PolicyDifference } from '@freshet/domain'
import { publicJwks, type VerifyKey } from '../keys.ts'
import { namedPolicyFiles } from './policy-texts.ts'
import type { PolicyVersion } from './registry-document.ts'

/** All that a policy version says otherwise than another, the keys of its sources and others too. */
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

/** A policy is what it says: whether it lets in more or less, nobody can tell by its text. */
function policiesChanged(before: PolicyVersion, after: PolicyVersion): readonly PolicyDifference[] {
  const places = new Map(namedPolicyFiles(after.registry).map(({ path, place }) => [path, place]))
  return [...places].flatMap(([path, place]) => {
    const [was, is] = [before.policyTexts.get(path), after.policyTexts.get(path)]
    if (was === undefined || was === is) return []
    const sentence = `what stands in ${path} is another text`
    return [{ place, effect: 'other', needsMinimum: false, sentence }]
  })
}

/** Of whom there were no keys before, the registry itself says that it is new. */
function keysChanged(
  place: string,
  what: string,
  [was, is]: readonly [readonly VerifyKey[], readonly VerifyKey[]],
): readonly PolicyDifference[] {
  if (was.length === 0 || is.length === 0) return []
  const [known, now] = [texts(was), texts(is)]
  const gone = [...known.keys()].filter((text) => !now.has(text)).map((text) => known.get(text))
  const added = [...now.keys()].filter((text) => !known.has(text)).map((text) => now.get(text))
  const say = (effect: PolicyDifference['effect'], kids: readonly unknown[], verb: string) =>
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
  return [...say('tightens', gone, 'gone'), ...say('widens', added, 'new')]
}

/** A key is what it is, whatever its name: the same name with another key is another key. */
function texts(keys: readonly VerifyKey[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [JSON.stringify(publicJwks([key])), key.kid]))
}
