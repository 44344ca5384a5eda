import { readFileSync, writeFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import { EVIDENCE_ROWS, type EvidenceRule } from '@freshet/insight'

const HEAD = `# Evidence

\`freshet evidence\` measures each control below now, and prints the figure, its time and its limit:

\`\`\`sh
freshet evidence                                          # exit code 10 if a row is red
freshet evidence --out evidence.md --out evidence.json    # the same report as files
\`\`\`

**Green**: the figure is within its limit. **Red**: it is not. **Unknown**: there was no measurement for the row. An unknown row
never counts as green. A row shows that a control works at this time. It does not show that a framework is met as
a whole, because the report does not measure decisions, documents and reviews of people.

| measured | sample |
| --- | --- |
| changes, and their path to edges | the newest 50 of claims and accounts, and the newest 50 wide, of the last 24 hours |
| high-risk decisions | those of the last 24 hours, among the newest 10,000 sealed ones |
| outstanding tokens | 100,000; if there are more, a row that depends on them is red or unknown |
| the audit | every entry, by \`DATABASE_URL\`, \`KAFKA_BROKERS\` and \`--audit-keys\` |
| private keys | the files of \`--private-keys\` |

The command measures the last two itself, and finds them by itself on a \`dev\` stack. The console measures all others:
\`GET /v1/evidence\`, for viewers. A pending change that is not late yet gives no figure, and neither does a change that no remaining edge
has reported. An unreachable edge makes its row unknown: it refuses by itself after the lease, but the console cannot confirm
this. A silent source makes its rows red although its claims are refused then. The promise is kept, but the control
fails.

Titles are those of the frameworks. Requirements of ASVS have no titles, and their texts are shortened.

This page is generated from \`packages/insight/src/evidence/evidence-rows.ts\` by \`node infra/run/evidence-page.mjs\`.
`

/** The page of all rows of the evidence report, in Markdown. */
function evidencePage(): string {
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

// `node packages/cli/dist/generate-evidence-page.js` writes docs/evidence.md; with `--check` it writes
// nothing and exits 1 if the page differs from the code.
const page = new URL('../../../docs/evidence.md', import.meta.url)

if (!nodeProcess.argv.includes('--check')) writeFileSync(page, evidencePage())
else if (readFileSync(page, 'utf8') !== evidencePage()) {
  nodeProcess.stderr.write('docs/evidence.md is not what the code says\n')
  nodeProcess.exitCode = 1
}
