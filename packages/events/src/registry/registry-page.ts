import { ruleFamilies, type FindingCode, type RuleEntry } from '@freshet/domain/lint'
import { registryJsonSchema, type JsonSchema } from './registry-json-schema.ts'

const HEAD = `# The registry file

One reviewed YAML file says who owns each claim, where its truth lives, and who may receive it. [policy.md](policy.md) tells how a
running stack goes on to another version of it; this page is what may stand in it, and what is checked.

\`\`\`sh
npx freshet registry lint registry.yaml
npx freshet registry lint registry.yaml -o json
npx freshet registry lint registry.yaml --no-keys
npx freshet registry lint registry.yaml --slos infra/slo/slos.yaml
\`\`\`

Lint tells everything at once. Each finding has the code of the rule that it breaks, a severity, the line and column, the JSON
pointer of the place, what is wrong and what to change; \`-o json\` has the same as \`{file, findings: [{code, severity, line, column,
place, message, rule, fix}]}\`. The key and policy files that the registry names are read too, relative to it, but with \`--no-keys\`;
of what is wrong in a policy, the message names file and line.

An **error** keeps the file from being used: lint ends with exit code 1, \`freshet registry publish\` and \`POST /v1/registry\` refuse it,
and a service that is started with it ends and says the same (a sidecar reads no key and no policy files; a reconciler and a
console read policies, and do not check them). A **warning** is something that
probably was not meant. A **note** is something that the file may say and that nothing goes by yet. With these alone the exit code
is 0. A file that cannot be read at all ends with 3.

\`schemas/registry.schema.json\` is the form as JSON Schema 2020-12. An editor with the YAML language server checks and explains
members by it where a file begins with

\`\`\`yaml
# yaml-language-server: $schema=../../schemas/registry.schema.json
\`\`\`

\`infra/registry/registry.yaml\` is a small example, the one that \`dev\` and \`demo\` run on; \`infra/registry/company.yaml\` one of a
company with payments, HR, a partner, CI workloads and an agent, and with policies for approvals. \`infra/registry/broken\` holds a file for each rule that breaks
this one rule, with the finding in its first line. The key files there are public halves of keys that nobody has.

A registry of 5,000 claim types (1 MB) took 0.65 s of CPU time in the median, and 0.95 to 1.2 s the first time in a process, on 2
cores that had other work too; most of it goes into reading YAML. This makes one and measures it:

\`\`\`sh
node infra/run/lint-speed.mjs 5000
\`\`\`

As one version, however, that is too large to be published (\`file.too-large\`).

How policies are written, and what they are told, stands in [policies.md](policies.md).

This page is made from \`packages/events/src/registry/registry-schema.ts\` and \`packages/domain/src/lint\` by
\`node infra/run/registry-page.mjs\`.
`

/** The page of the registry file in Markdown: its members, and the rules that it keeps. */
export function registryPage(): string {
  const parts = partsOf(registryJsonSchema(), '').map(membersOf)
  const families = [...ruleFamilies].map(([family, rules]) =>
    [`### ${family}`, ...[...rules].map(([code, entry]) => section(code, entry))].join('\n\n'),
  )
  return `${[HEAD.trimEnd(), '## Members', ...parts, '## Rules', ...families].join('\n\n')}\n`
}

interface Part {
  readonly place: string
  readonly schema: JsonSchema
}

/** Each mapping with members of its own, the file first. */
function partsOf(schema: JsonSchema, place: string): readonly Part[] {
  const members = Object.entries(schema.properties ?? {})
  const own = members.length === 0 ? [] : [{ place, schema }]
  const inner = members.flatMap(([name, member]) => partsOf(member, `${place}/${name}`))
  const { additionalProperties: entry, items } = schema
  return [
    ...own,
    ...inner,
    ...(typeof entry === 'object' ? partsOf(entry, `${place}/NAME`) : []),
    ...(items === undefined ? [] : partsOf(items, `${place}/0`)),
  ]
}

function membersOf({ place, schema }: Part): string {
  const required = new Set(schema.required)
  const lines = Object.entries(schema.properties ?? {}).map(
    ([name, member]) =>
      `- \`${name}\` (${formOf(member)}, ${usage(member, required.has(name))}): ${member.description ?? ''}`,
  )
  const title = place === '' ? '### The file' : `### \`${place}\``
  return [title, schema.description ?? '', lines.join('\n')].join('\n\n')
}

function usage({ default: value }: JsonSchema, isRequired: boolean): string {
  if (isRequired) return 'required'
  if (value === undefined || value === '') return 'optional'
  if (typeof value === 'object') return 'default: none'
  return `default: ${JSON.stringify(value).replaceAll('"', '')}`
}

function formOf({
  type,
  enum: choices,
  pattern = '',
  items,
  additionalProperties,
}: JsonSchema): string {
  if (choices !== undefined) return choices.join(' or ')
  if (pattern.includes('ms|s|m')) return 'a duration'
  if (pattern.includes('%')) return 'a percentage'
  if (type === 'array') return items?.type === 'object' ? 'a list of mappings' : 'a list of names'
  if (typeof additionalProperties === 'object') return 'a mapping by name'
  const kinds: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'a whole number',
    boolean: 'true or false',
    object: 'a mapping',
  }
  return kinds[type ?? ''] ?? 'a value'
}

function section(code: FindingCode, { rule, severity, remedy }: RuleEntry): string {
  return [`#### ${code}`, '', rule, '', `- Severity: ${severity}`, `- Do: ${remedy}`].join('\n')
}
