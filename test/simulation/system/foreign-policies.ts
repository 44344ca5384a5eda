import { createPublicKey } from 'node:crypto'
import { invariant } from '@freshet/protocol'
import type { TimedSigningKey } from '@freshet/wire'
import { foreignIssuer } from '@freshet/testkit'
import { AUDIENCE, REGISTRY, TOKEN_LIFE_MS, versions, type Policy } from './deployment.ts'
import { setOf } from './keys.ts'

const [own] = setOf('sts')
invariant(own !== undefined, 'A set has keys.')

/** The key of the token service; no change of a source ever denies it. */
export const FOREIGN_KEY: TimedSigningKey = own

/** The largest lag of its copy, with the skew of its clock; the copy is late by 1.5 s at most. */
export const FOREIGN_MARGIN_MS = 3_000

/** The claims of its tokens, by our names. */
export const FOREIGN_NAMES: ReadonlyMap<string, string> = new Map([
  ['groups', 'teams'],
  ['roles', 'duties'],
])

/** Versions with a partner whose tokens give `groups`, and from the second on `roles` too. */
export const FOREIGN_POLICIES: readonly Policy[] = versions((version) => {
  const sts = foreignIssuer({
    audiences: [AUDIENCE.name],
    claims: new Map([...FOREIGN_NAMES].slice(0, givenBy(version).length)),
    publicKeys: [publicJwk()],
    marginMs: FOREIGN_MARGIN_MS,
    maxTtlMs: TOKEN_LIFE_MS,
  })
  return { ...REGISTRY, issuers: new Map([[sts.name, sts]]) }
})

/** Returns the claims that its tokens are allowed to give by a policy version. */
export function givenBy(version: number): readonly string[] {
  return [...FOREIGN_NAMES.keys()].slice(0, version === 1 ? 1 : 2)
}

function publicJwk(): Readonly<Record<string, unknown>> {
  const { kid, alg, key } = FOREIGN_KEY
  return { ...createPublicKey(key).export({ format: 'jwk' }), kid, alg }
}
