import type { Audience, Client } from '@freshet/protocol'
import { escaped, finding, type Finding } from '../finding.ts'
import type { LintedParts, ReadableRegistry } from '../readable-registry.ts'
import { repeats } from '../reference-findings.ts'
import { requiredFindings } from '../required-findings.ts'

/** @internal What is wrong with the scopes of an audience. */
export function scopeFindings(
  registry: LintedParts,
  audience: Audience,
  place: string,
): readonly Finding[] {
  return [...(audience.scopes ?? [])].flatMap(([scope, { require }]) => {
    const at = `${place}/scopes/${escaped(scope)}/require`
    return [
      ...requiredFindings(registry, audience, require, at),
      ...[...require.keys()].flatMap((claim) => restriction(registry, claim, at)),
    ]
  })
}

/** A restriction tightens when a value is added: a scope would outlive the value that it came from. */
function restriction(
  { claims }: ReadableRegistry,
  claim: string,
  place: string,
): readonly Finding[] {
  if (claims.get(claim)?.polarity !== 'restrict') return []
  const message = `claim ${claim} restricts, and a scope cannot be derived from it`
  const fix = 'require a claim that grants'
  return [finding('scope.from-restriction', `${place}/${escaped(claim)}`, { message, fix })]
}

/** @internal What is wrong with the scopes of a client. */
export function clientScopeFindings(
  { audiences, declared }: ReadableRegistry,
  { id, audiences: names, scopes = [] }: Client,
  place: string,
): readonly Finding[] {
  // An audience that cannot be read can have any scope.
  const isReadable = names.every((name) => audiences.has(name) || !declared.audiences?.has(name))
  const offered = names.flatMap((name) => [...(audiences.get(name)?.scopes?.keys() ?? [])])
  const unknown = !isReadable
    ? []
    : scopes.flatMap((scope, at) => {
        if (offered.includes(scope)) return []
        const message = `client ${id} has scope ${scope}, which none of its audiences has`
        const fix = `add ${scope} to the scopes of an audience of ${id}, or leave it out`
        return [finding('scope.unknown', `${place}/${at}`, { message, fix })]
      })
  return [...unknown, ...repeats(scopes, place)]
}
