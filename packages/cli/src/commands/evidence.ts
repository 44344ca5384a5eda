import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from '@commander-js/extra-typings'
import { consoleAccess } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { consoleClient } from '../http/console-client.ts'
import type { EvidenceAnswer } from '@freshet/insight/answers'
import { evidenceMarkdown, evidenceText } from '../output/evidence/evidence-text.ts'
import { withProgress } from '../output/progress.ts'
import type { Shell } from '../shell.ts'
import { collect, oneOf } from './arguments.ts'

const FORMATS = ['table', 'markdown', 'json', 'jsonl'] as const

/** `freshet evidence`: what is measured now, by what frameworks ask for. */
export function addEvidenceCommand(program: Command, shell: Shell): void {
  program
    .command('evidence')
    .description(
      'measure each control that security frameworks ask for; exit code 10 if a row is red',
    )
    .option(
      '--out <file>',
      'write the report to this file, too: JSON if it ends in .json, else Markdown',
      collect,
      [],
    )
    .option(
      '--audit-keys <file>',
      'file of public audit keys, repeatable; default: the dev stack',
      collect,
      [],
    )
    .option('--private-keys <path>', 'file or folder of keys; default: the dev stack')
    .option('-o, --output <format>', FORMATS.join(', '), oneOf(FORMATS), 'table')
    .addHelpText('after', HELP)
    .action(async ({ output, out, ...here }) => {
      const report = await withProgress(shell, 'measuring', () => measure(shell, here))
      for (const file of out) await writeFile(resolve(shell.cwd, file), pageFor(file, report))
      shell.out(pages[output](report, shell))
      if (report.items.some(({ verdict }) => verdict === 'red')) throw new Negative(EXIT.unhealthy)
    })
}

const HELP = `
A red row breaks its limit. An unknown row has no measurement; it never counts
as green. The command verifies the audit by DATABASE_URL and KAFKA_BROKERS, or
on the dev stack.
`

type Page = (report: EvidenceAnswer, shell: Pick<Shell, 'colors'>) => string

const pages: Readonly<Record<(typeof FORMATS)[number], Page>> = {
  table: (report, { colors }) => `${evidenceText(report, colors)}\n`,
  markdown: evidenceMarkdown,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  jsonl: ({ items }) => items.map((row) => `${JSON.stringify(row)}\n`).join(''),
}

function pageFor(file: string, report: EvidenceAnswer): string {
  return file.endsWith('.json') ? `${JSON.stringify(report, null, 2)}\n` : evidenceMarkdown(report)
}

async function measure(
  shell: Shell,
  {
    auditKeys,
    privateKeys,
  }: { readonly auditKeys: readonly string[]; readonly privateKeys?: string },
): Promise<EvidenceAnswer> {
  const report = await consoleClient(await consoleAccess(shell)).evidence()
  const { judgeEvidence } = await import('@freshet/insight')
  const { measureHere } = await import('../evidence/measure-here.ts')
  const options = {
    auditKeys,
    privateKeys: privateKeys && resolve(shell.cwd, privateKeys),
  }
  const found = judgeEvidence(await measureHere(shell, options, Date.now()))
  const here = new Map(
    found.filter(({ verdict }) => verdict !== 'unknown').map((row) => [row.row, row]),
  )
  return { ...report, items: report.items.map((row) => here.get(row.row) ?? row) }
}
