import { finding, type Finding } from './finding.ts'
import type { FindingCode } from './registry-rules.ts'
import type { LintedParts, NamedPart } from './readable-registry.ts'

const nounOf: Readonly<Record<NamedPart, string>> = {
  tenants: 'tenant',
  sources: 'source',
  claims: 'claim',
  audiences: 'audience',
  clients: 'client',
  issuers: 'issuer',
  slo: 'class',
}

/** @internal A name that no entry of a part has. */
export interface Reference {
  readonly code: FindingCode
  readonly part: NamedPart
  readonly name: string
  readonly place: string
}

/** @internal What is wrong with a reference: nothing where the part declares the name. */
export function unknownName(
  { declared, hint }: LintedParts,
  { code, part, name, place }: Reference,
): readonly Finding[] {
  const names = declared[part]
  if (names === undefined || names.has(name)) return []
  const nearest = hint(part, name)
  const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`
  return [
    finding(code, place, {
      message: `no ${nounOf[part]} is called ${name}${meant}`,
      fix: `declare ${name} under ${part}, or name one that is`,
    }),
  ]
}

/** @internal Names that a list has more than once, at each place after the first. */
export function repeats(list: readonly string[], place: string): readonly Finding[] {
  const seen = new Set<string>()
  return list.flatMap((name, at) => {
    if (!seen.has(name)) return seen.add(name) && []
    const text = { message: `names ${name} again`, fix: 'name it once' }
    return [finding('list.repeats', `${place}/${at}`, text)]
  })
}
