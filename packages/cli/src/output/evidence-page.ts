import { EVIDENCE_ROWS, type EvidenceRule } from '@freshet/observatory'

const HEAD = `# Evidence

\`freshet evidence\` tells what is measured now about each control below, with the figure, its time and its limit:

\`\`\`sh
freshet evidence                                          # exit code 10 if a row is red
freshet evidence --out evidence.md --out evidence.json    # the same report for whoever asks for it
\`\`\`

**Green**: the figure is within its limit. **Red**: it is not. **Unknown**: nothing was measured that the row could rest on;
it is never taken for green. A row shows that something works at this moment. It does not say that a framework is met as
a whole: what people decide, write down and review is not measured here.

| what is looked at                   | how much of it                                                                    |
| ----------------------------------- | --------------------------------------------------------------------------------- |
| changes, and their way to the edges | of the last 24 hours the newest 50 of claims and accounts, and the newest 50 wide |
| high-risk decisions                 | of the last 24 hours, among the newest 10,000 that are sealed                     |
| tokens that are out                 | 100,000; where more are out, a row that rests on them is red or unknown           |
| the audit                           | every entry, by \`DATABASE_URL\`, \`KAFKA_BROKERS\` and \`--audit-keys\`                |
| private keys                        | the files of \`--private-keys\`                                                     |

The last two are measured where the command runs: on a \`dev\` stack by themselves. All others the console measures:
\`GET /v1/evidence\`, for viewers. A change that is on its way and not late yet says nothing, and neither does one of which no
edge that is left has told. An edge that is away makes its row unknown: it refuses by itself after the lease, and nobody can
see it do so. Silence of a source makes red what rests on it, although its claims are refused then: that is the promise kept,
and the control not.

The titles are those of the frameworks, in their words where they have one; requirements of ASVS have none, and are shortened.

This page is made from \`packages/observatory/src/evidence/evidence-rows.ts\` by \`node infra/run/evidence-page.mjs\`.
`

/** The page of all rows of the evidence report, in Markdown. */
export function evidencePage(): string {
  const frameworks = [...new Set(EVIDENCE_ROWS.map(({ framework }) => framework))]
  const sections = frameworks.map((name) => {
    const rows = EVIDENCE_ROWS.filter(({ framework }) => framework === name)
    return [`## ${name}`, ...rows.map(section)].join('\n\n')
  })
  return `${[HEAD.trimEnd(), ...sections].join('\n\n')}\n`
}

function section({ row, id, title, claim, command, measure }: EvidenceRule): string {
  const { unit, limit } = measure({ atMs: 0 })
  return [
    `### ${row}`,
    '',
    claim,
    '',
    `- Control: ${id}, ${title}`,
    `- Figure: ${unit}; limit: ${limit}`,
    `- Shown by: \`${command}\``,
  ].join('\n')
}
