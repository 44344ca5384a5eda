import { audienceRules } from './audiences/audience-rules.ts'
import { claimRules } from './claims/claim-rules.ts'
import type { RuleEntry } from './rule-entry.ts'
import { sourceRules } from './sources/source-rules.ts'

export * from './rule-entry.ts'

/** Rules of policies and their schema. The content of the files is not checked with `--no-keys`. */
const policyRules = {
  'policy.no-schema': {
    severity: 'error',
    rule: 'If a route names policies, `policySchema` names the Cedar schema that they are checked against.',
    remedy: 'Write the schema, and name it as `policySchema`.',
  },
  'policy.schema-unused': {
    severity: 'warning',
    rule: 'A schema is there for policies that a route names.',
    remedy: 'Name policies in a route, or leave `policySchema` out.',
  },
  'policy.not-high-risk': {
    severity: 'error',
    rule: 'A route that names policies is of high risk: only the authority evaluates them, and no other route asks it about each request.',
    remedy: 'Write `risk: high`, or leave the policies out.',
  },
  'policy.missing': {
    severity: 'error',
    rule: 'Each policy file and the schema are there, relative to the registry file, as UTF-8 of at most 256 KiB.',
    remedy: 'Put the file there, or correct the path.',
  },
  'policy.schema-unreadable': {
    severity: 'error',
    rule: 'The schema is one that Cedar reads.',
    remedy: 'Correct it at the line that the finding names.',
  },
  'policy.schema-differs': {
    severity: 'error',
    rule: 'The schema declares the data of the authority: `entity Tenant`, `entity Subject in [Tenant]` with claims of the registry alone (`Set<String>`, or an optional `String` for a scalar), `entity Audience`, and an action for each route that names policies.',
    remedy: 'Declare it so; an authoritative claim stands under its own name.',
  },
  'policy.unreadable': {
    severity: 'error',
    rule: 'A policy file holds Cedar policies, and no template.',
    remedy: 'Correct the syntax at the line that the finding names.',
  },
  'policy.invalid': {
    severity: 'error',
    rule: 'A policy type-checks against the schema.',
    remedy:
      'Correct it at the line that the finding names: use attributes that are declared, and compare values of one type.',
  },
  'policy.doubtful': {
    severity: 'warning',
    rule: 'A policy can apply, and its names do not look like others.',
    remedy: 'Correct what it compares, or leave it out.',
  },
  'policy.never-permits': {
    severity: 'error',
    rule: 'Of the policies that a route names, one could permit it.',
    remedy: 'Write a `permit` for its action and audience; without one, every request is denied.',
  },
} as const

/** Rules about the text of a registry file, before its members are read. */
const fileRules = {
  'file.empty': {
    severity: 'error',
    rule: 'A registry file holds one YAML mapping.',
    remedy: 'Write the registry into it, or name the right file.',
  },
  'file.not-utf8': {
    severity: 'error',
    rule: 'A registry file is UTF-8.',
    remedy:
      'Save the file as UTF-8. The finding has the line and column of the first byte that is not UTF-8.',
  },
  'file.too-large': {
    severity: 'error',
    rule: 'A file has at most 4 MiB, and a version at most 1 MiB as canonical JSON with its key sets: it travels in one request.',
    remedy:
      'Make it shorter: leave out claims that no audience carries, shorten descriptions, remove retired keys.',
  },
  'file.not-yaml': {
    severity: 'error',
    rule: 'A registry file is YAML 1.2 without tags of its own.',
    remedy: 'Correct the syntax at the place; a file that ends too early was written only in part.',
  },
  'file.too-deep': {
    severity: 'error',
    rule: 'Nothing in a registry file is nested deeper than 32 levels.',
    remedy: 'Look for brackets that are never closed.',
  },
  'file.alias': {
    severity: 'error',
    rule: 'An alias names an anchor before it, never one around it, and all aliases together stand for 10,000 values at most.',
    remedy: 'Write the values out.',
  },
  'file.several-documents': {
    severity: 'error',
    rule: 'A registry file holds one document.',
    remedy: 'Remove the line `---` and what follows it, or keep it in a file of its own.',
  },
  'member.twice': {
    severity: 'error',
    rule: 'A member stands once in a mapping.',
    remedy: 'Keep one of the two.',
  },
  'claim.named-twice': {
    severity: 'error',
    rule: 'A claim is declared once.',
    remedy: 'Keep one declaration, with the one source of its truth.',
  },
  'claim.two-sources': {
    severity: 'error',
    rule: 'A claim has one source of its truth.',
    remedy:
      'Name one source. If it also sends changes for another one, list that one in `onBehalfOf` of the source.',
  },
} as const

/** Rules of the form of each part: the JSON Schema of the registry has them, too. */
const formRules = {
  'member.unknown': {
    severity: 'error',
    rule: 'This build must know every member. Otherwise it would silently ignore a misspelt member, or a member that it does not enforce.',
    remedy: 'Correct the name, or leave the member out.',
  },
  'member.missing': {
    severity: 'error',
    rule: 'Members without a default are there.',
    remedy: 'Add the member.',
  },
  'name.invalid': {
    severity: 'error',
    rule: 'Names have at most the characters that tokens and records give them, and no control character.',
    remedy: 'Use another name.',
  },
  'value.type': {
    severity: 'error',
    rule: 'A value is text, a number, a list or a mapping as its member asks for.',
    remedy: 'Write it in that form; text that looks like a number needs quotes.',
  },
  'value.form': {
    severity: 'error',
    rule: 'Durations, percentages, hashes and days of observing have their form.',
    remedy: 'Write a duration as `5s`, a percentage as `99.9%`, a hash as base64url.',
  },
  'value.choice': {
    severity: 'error',
    rule: 'A member with a list of choices has one of them.',
    remedy: 'Use one of the values that the finding lists.',
  },
  'value.range': {
    severity: 'error',
    rule: 'Texts, lists and numbers are within their limits.',
    remedy: 'Keep within the limit that the finding names.',
  },
} as const

/** Rules of issuers whose tokens carry no label of ours. */
const issuerRules = {
  'foreign.twice': {
    severity: 'error',
    rule: 'The `iss` of foreign tokens is declared once: edges find an issuer by it.',
    remedy: 'Keep one entry for the issuer.',
  },
  'foreign.unknown-tenant': {
    severity: 'error',
    rule: 'The tenant of a foreign issuer is declared.',
    remedy: 'Declare the tenant under `tenants`, or name one that is.',
  },
  'foreign.unknown-audience': {
    severity: 'error',
    rule: 'Each audience that accepts foreign tokens is declared.',
    remedy: 'Declare the audience under `audiences`, or leave it out.',
  },
  'foreign.unknown-subjects': {
    severity: 'error',
    rule: 'Foreign tokens have subjects of an identity provider of the tenant: no source could send changes of others, so nothing would make their tokens stale.',
    remedy: 'Use the issuer of an identity provider of the tenant.',
  },
  'foreign.restricts': {
    severity: 'error',
    rule: 'No foreign token gives a claim that restricts: without the claim it would allow more.',
    remedy: 'Leave the claim out: edges call it unverified in tokens of the issuer.',
  },
  'foreign.unrestricted': {
    severity: 'warning',
    rule: 'An audience that accepts foreign tokens carries no restricting claim, or its routes ignore it: foreign tokens give none, so every request with one is unverified.',
    remedy: 'Give the tokens of the issuer another audience, or let the routes ignore the claim.',
  },
  'foreign.lives-too-long': {
    severity: 'error',
    rule: 'No foreign token lives longer than each of its claims allows.',
    remedy: 'Shorten `maxTtl` of the issuer, raise that of the claim, or leave the claim out.',
  },
  'foreign.keys': {
    severity: 'error',
    rule: 'The keys of a foreign issuer have one origin: a file, an address, or its metadata.',
    remedy: 'Give one of `keys`, `jwksUri` and `metadata`.',
  },
  'foreign.keys-address': {
    severity: 'error',
    rule: 'Published keys are read over https, or over http from this very machine, at an address without user and fragment; the issuer whose metadata names them is such an address, without query.',
    remedy: 'Correct the address, or give the keys as a file.',
  },
  'foreign.margin-too-short': {
    severity: 'warning',
    rule: 'A margin is at least 2s: clocks alone may be apart by that.',
    remedy: 'Make `margin` as long as the copy of the issuer may be late, and 2s more.',
  },
} as const

/** Rules of the key files that a registry names. They are not checked with `--no-keys`. */
const keyRules = {
  'keys.missing': {
    severity: 'error',
    rule: 'Each key file that is named is there, relative to the registry file.',
    remedy: 'Put the JWKS with the public keys there, or correct the path.',
  },
  'keys.unreadable': {
    severity: 'error',
    rule: 'A key file is a JWKS (RFC 7517) in which at least one key verifies signatures: it has a `kid`, and is for ES256, RS256 (2048 bits or more) or EdDSA.',
    remedy: 'Export the public keys as a JWKS; `freshet keys gen` writes one.',
  },
  'keys.passed-over': {
    severity: 'note',
    rule: 'Each key of a key file verifies signatures. Other keys are passed over: those with another `use` than `sig`, with `key_ops` without `verify`, without `kid`, or of a kind or algorithm that this build does not know. So are two different keys with one `kid`, both of them. A key without `alg` has the algorithm of its kind.',
    remedy:
      'Leave such keys there: they verify nothing, and they disturb no other key. Give each key a `kid` of its own.',
  },
  'keys.private': {
    severity: 'error',
    rule: 'A key file holds public keys alone.',
    remedy:
      'Replace the private key, because other people could read it in this file. Then publish the public half of the new key.',
  },
  'keys.empty': {
    severity: 'warning',
    rule: 'A key file holds a key: without one, nothing is accepted that is signed for it.',
    remedy: 'Add a public key, or leave it empty to block the owner of the file.',
  },
  'keys.shared': {
    severity: 'error',
    rule: 'No two sources have a key in common: each could sign as the other.',
    remedy: 'Give each source a key pair of its own.',
  },
  'keys.same-kid': {
    severity: 'warning',
    rule: 'No two sources have keys of one `kid`. A gateway finds the key of a signed body by its `kid`, and tries at most 4 sources.',
    remedy: 'Name each key after its source and its date; `freshet keys gen` does so.',
  },
} as const

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
