import { diffRegistries, type PolicyDifference } from '@freshet/domain'
import { publicJwks, type VerifyKey } from '../keys.ts'
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
