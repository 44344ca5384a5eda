import { ruleFamilies, type FindingCode } from '../lint/registry-rules.ts'
import type { RuleEntry } from '../lint/rule-entry.ts'
import { registryJsonSchema, type JsonSchema } from './registry-json-schema.ts'

const HEAD = `# The registry file

One reviewed YAML file defines the source, the owner and the receivers of each claim. This page lists its members and the lint rules.
[policy.md](policy.md) explains how a running stack changes to another version of it.

\`\`\`sh
freshet registry lint registry.yaml
freshet registry lint registry.yaml -o json
freshet registry lint registry.yaml --no-keys
freshet registry lint registry.yaml --slos infra/slo/slos.yaml
\`\`\`

Lint reports all findings at once. Each finding has the code of the broken rule, a severity, the line and column, the JSON
pointer of the place, the problem and the fix. \`-o json\` has the same as \`{file, findings: [{code, severity, line, column,
place, message, rule, fix}]}\`. Lint also reads the key and policy files that the registry names, relative to it, unless you give \`--no-keys\`.
The message about a policy names file and line.

- An **error** prevents the use of the file. Lint ends with exit code 1, and \`freshet registry publish\` and \`POST /v1/registry\` refuse it.
  A service that starts with it ends with the same findings. A sidecar reads no key and no policy files. A reconciler and a
  console read policies, and do not check them.
- A **warning** is probably a mistake.
- A **note** marks a valid member that no code uses yet.

With warnings and notes alone, the exit code is 0. An unreadable file gives 3.

\`schemas/registry.schema.json\` is the form as JSON Schema 2020-12. An editor with the YAML language server checks and explains
the members by it if a file begins with

\`\`\`yaml
# yaml-language-server: $schema=../../schemas/registry.schema.json
\`\`\`

\`infra/registry/registry.yaml\` is a small example, which \`dev\` and \`demo\` use. \`infra/registry/company.yaml\` is a
company with payments, HR, a partner, CI workloads and an agent, and with policies for approvals. \`test/registry/broken\` has a patch for each
rule that breaks only this rule, with the finding in its first line. The private halves of the key files there do not exist.

A registry of 5,000 claim types (1 MB) took 0.65 s of CPU time in the median, and 0.95 to 1.2 s the first time in a process. The machine had 2
cores and other work. Most of the time is for reading YAML. This command creates such a registry and measures it:

\`\`\`sh
node infra/run/lint-speed.mjs 5000
\`\`\`

A version that is published has 1 MiB at most (\`file.too-large\`).

[routes.md](routes.md#policies-of-high-risk-routes) explains how you write policies, and which data they can read.

This page is generated from \`packages/registry/src/schema/registry-schema.ts\` and \`packages/registry/src/lint\` by
\`node infra/run/registry-page.mjs\`.
`

/** Returns the page of the registry file in Markdown: its members, and the rules that it keeps. */
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

/** Returns each mapping with members of its own, the file first. */
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
