import type { Command } from '@commander-js/extra-typings'
import { AUDIT_KINDS, AUDIT_READS, AUDIT_STREAMS } from '@freshet/wire/audit-kinds'
import { EXIT, Negative } from '../exit-code.ts'
import {
  isForPeople,
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../output/format.ts'
import type { View } from '../output/view.ts'
import type { Shell } from '../shell.ts'
import { collect, oneOf, readCount, readMoment } from './arguments.ts'

/** Entries that one list shows at most. */
const LIST_MAX = 1_000
const LIST_DEFAULT = 50

/** `freshet audit …`: what happened, and that it is still written as it was. */
export function addAuditCommands(program: Command, shell: Shell): void {
  const audit = program.command('audit').description('inspect and verify the audit log')
  addVerify(audit, shell)
  addLs(audit, shell)
}

function addVerify(audit: Command, shell: Shell): void {
  audit
    .command('verify')
    .description(
      'compare the audit chains with their signed heads; exit code 11 names the first bad entry, 10 means that no reconciler seals',
    )
    .option(
      '--keys <file>',
      'file of public audit keys, repeatable; default: the dev stack',
      collect,
      [],
    )
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ keys, output }) => {
      const { auditKeys, verifyOnStores } = await import('../audit/verify-on-stores.ts')
      const { auditText, reportJson } = await import('../output/evidence/audit-text.ts')
      const report = await verifyOnStores(shell, await auditKeys(shell, keys))
      const data = reportJson(report)
      const text = (): string => auditText(report, shell.colors)
      await show(shell, output, { data, items: data.streams, isProse: true, text })
      if (report.streams.some(({ finding }) => finding !== null)) throw new Negative()
      if (report.streams.some(({ isLate }) => isLate)) throw new Negative(EXIT.unhealthy)
    })
}

function addLs(audit: Command, shell: Shell): void {
  audit
    .command('ls')
    .description('list sealed entries, newest first (use `verify` to check their integrity)')
    .option('--stream <name>', AUDIT_STREAMS.join(', '), oneOf(AUDIT_STREAMS))
    .option('--kind <kind>', AUDIT_KINDS.join(', '), oneOf(AUDIT_KINDS))
    .option('--tenant <id>', 'entries of one tenant; * for entries of all tenants together')
    .option(
      '--ref <id>',
      'object of the entry: id of a token or change, number of a policy version',
    )
    .option('--since <time>', 'RFC 3339 time, or an age like 15m, 25h, 8d', readMoment)
    .option('--until <time>', 'RFC 3339 time, or an age', readMoment)
    .option('--probes', 'tables show the entries of probes, too; the other formats always do')
    .option(
      '--reads',
      'tables show the reads of admins, too; the other formats and --kind always do',
    )
    .option('--limit <n>', `entries to list, at most ${LIST_MAX}`, readCount, LIST_DEFAULT)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, limit, probes, reads, since, until, ...by }) => {
      const { listOnStores } = await import('../audit/verify-on-stores.ts')
      const { entriesText, entryJson } = await import('../output/evidence/audit-text.ts')
      const { PROBE_NAME } = await import('@freshet/protocol/slo')
      const isBrief = isForPeople(output) && by.kind === undefined && by.ref === undefined
      const filter = {
        ...by,
        ...(isBrief && reads !== true && { without: AUDIT_READS }),
        ...(since !== undefined && { sinceMs: since }),
        ...(until !== undefined && { untilMs: until }),
      }
      const most = Math.min(limit, LIST_MAX)
      const hides = isForPeople(output) && probes !== true && by.tenant !== PROBE_NAME
      const found = await listOnStores(shell, filter, hides ? LIST_MAX : most)
      const entries = found.filter(({ tenant }) => !hides || tenant !== PROBE_NAME).slice(0, most)
      const items = entries.map(entryJson)
      const text = (view: View): string => entriesText(entries, isBrief, view)
      await show(shell, output, { data: { items }, items, headers, text })
    })
}
