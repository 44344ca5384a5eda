import { audienceRules } from './audiences/audience-rules.ts'
import { claimRules } from './claims/claim-rules.ts'
import { fileRules } from './file-rules.ts'
import { formRules } from './form-rules.ts'
import { issuerRules } from './sources/issuer-rules.ts'
import { keyRules } from './sources/key-rules.ts'
import { policyRules } from './audiences/policy-rules.ts'
import type { RuleEntry } from './rule-entry.ts'
import { sourceRules } from './sources/source-rules.ts'

export * from './rule-entry.ts'

type RuleCatalogue = typeof fileRules &
  typeof formRules &
  typeof keyRules &
  typeof sourceRules &
  typeof claimRules &
  typeof audienceRules &
  typeof issuerRules &
  typeof policyRules

/** The stable name of a rule of a registry; readers of findings switch on it. */
export type FindingCode = keyof RuleCatalogue

/** The catalogue of rules that a registry keeps: one entry for each code, whichever check finds it. */
export const registryRules: RuleCatalogue = {
  ...fileRules,
  ...formRules,
  ...keyRules,
  ...sourceRules,
  ...claimRules,
  ...audienceRules,
  ...issuerRules,
  ...policyRules,
}

/** The same by what they are about, in the order of docs/registry.md, which is made from it. */
export const ruleFamilies: ReadonlyMap<string, ReadonlyMap<FindingCode, RuleEntry>> = new Map([
  ['The text of the file', entriesOf(fileRules)],
  ['The form of its parts', entriesOf(formRules)],
  ['Key files', entriesOf(keyRules)],
  ['Sources and tenants', entriesOf(sourceRules)],
  ['Claims and classes', entriesOf(claimRules)],
  ['Audiences, routes and clients', entriesOf(audienceRules)],
  ['Foreign issuers', entriesOf(issuerRules)],
  ['Policies', entriesOf(policyRules)],
])

function entriesOf(
  family: Readonly<Partial<Record<FindingCode, RuleEntry>>>,
): ReadonlyMap<FindingCode, RuleEntry> {
  return new Map(Object.entries(family) as [FindingCode, RuleEntry][])
}
