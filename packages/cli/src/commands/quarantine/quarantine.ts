import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ReplayAnswer } from '@freshet/insight/answers'
import { type Command, Option } from '@commander-js/extra-typings'
import { CliError } from '../../cli-error.ts'
import { consoleAccess, gatewayAccess } from '../../context.ts'
import { EXIT, Negative } from '../../exit-code.ts'
import { consoleClient } from '../../http/console-client.ts'
import { orderClearing, orderDrop, orderReplay } from '../../http/gateway-client.ts'
import {
  isForPeople,
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../../output/format.ts'
import {
  clearText,
  dropText,
  quarantinedListText,
  quarantinedText,
  replaySummary,
  replayText,
} from '../../output/stack/quarantine-text.ts'
import type { Shell } from '../../shell.ts'
import { GATEWAY_HELP, oneOf, readCount, readSpan } from '../arguments.ts'
import { replayQuarantined } from './replay-quarantined.ts'

const STATES = ['waiting', 'open', 'replaying', 'replayed', 'dropped', 'any'] as const
const LIMIT_MAX = 200
const MAX = 100
const RATE = 10
const RATE_MAX = 50
/** Results after which a record still waits for an operator. */
const UNDONE: ReadonlySet<ReplayAnswer['result']> = new Set(['refused', 'parked-again', 'sent'])

/** `freshet quarantine …`: what could not be read, or may not be believed. */
export function addQuarantineCommands(program: Command, shell: Shell): void {
  const quarantine = program
    .command('quarantine')
    .description('inspect and resolve quarantined records')
  addList(quarantine, shell)
  addGet(quarantine, shell)
  addReplay(quarantine, shell)
  addDrop(quarantine, shell)
  addClear(quarantine, shell)
}

interface Narrowing {
  readonly source?: string | undefined
  readonly tenant?: string | undefined
  /** The error code of the records; `reason` in the query. */
  readonly code?: string | undefined
  readonly topic?: string | undefined
  readonly olderThan?: number | undefined
}

function filterOf({ olderThan, ...named }: Narrowing): Record<string, string> {
  const { source, tenant, code, topic } = named
  const words = Object.entries({ source, tenant, reason: code, topic })
  const given = words.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]))
  const before = olderThan === undefined ? {} : { before: momentBefore(olderThan) }
  return { ...Object.fromEntries(given), ...before }
}

function momentBefore(spanMs: number): string {
  return new Date(Date.now() - spanMs).toISOString()
}

function addList(quarantine: Command, shell: Shell): void {
  quarantine
    .command('ls')
    .description('list quarantined records, oldest first, with a count for each reason')
    .option('--source <id>', 'records of this source; unproven records only claim it')
    .option('--tenant <id>', 'records of this tenant; unproven records have none')
    .option('--code <code>', 'records with this error code, like event.unauthentic')
    .addOption(replacedOption('--reason <code>'))
    .option('--topic <name>', 'records of this topic')
    .option('--older-than <span>', 'records at least this old, like 10m or 2d', readSpan)
    .option('--state <state>', STATES.join(', '), oneOf(STATES), 'waiting')
    .option('--limit <n>', `records to list, at most ${LIMIT_MAX}`, readCount, 50)
    .option('--after <place>', 'cursor of the next page, as the page before shows it')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, state, limit, after, code, reason, ...narrowing }) => {
      const filter = filterOf({ ...narrowing, code: codeOf(shell, { code, reason }) })
      const query = { ...filter, state, limit: String(limit), ...(after && { after }) }
      const data = await consoleClient(await consoleAccess(shell)).quarantined(query)
      await show(shell, output, {
        data,
        items: data.items,
        headers,
        text: (view) => quarantinedListText(data, view),
      })
    })
}

function addGet(quarantine: Command, shell: Shell): void {
  quarantine
    .command('get')
    .description('show a record: reason, place, headers, and the claims that it put in doubt')
    .argument('<id>', 'id of the record')
    .option(
      '--raw <file>',
      'write the bytes of its value to this file, or - for stdout; they can contain claim values',
    )
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (id, { output, raw }) => {
      const client = consoleClient(await consoleAccess(shell))
      if (raw !== undefined) return writeRaw(shell, raw, await client.quarantinedValue(id))
      const data = await client.quarantinedRecord(id)
      await show(shell, output, { data, isProse: true, text: () => quarantinedText(data) })
    })
}

async function writeRaw(shell: Shell, file: string, bytes: Uint8Array): Promise<void> {
  if (file === '-') return shell.out(Buffer.from(bytes).toString())
  await writeFile(resolve(shell.cwd, file), bytes, { mode: 0o600, flag: 'wx' })
  shell.err(`${bytes.length} bytes written to ${file}\n`)
}

function addReplay(quarantine: Command, shell: Shell): void {
  quarantine
    .command('replay')
    .description('replay the records that would be accepted now; run it again to continue')
    .argument('[ids...]', 'ids of the records; default: those that the options select')
    .option('--all', 'all records that are not resolved')
    .option('--source <id>', 'records of this source')
    .option('--tenant <id>', 'records of this tenant')
    .option('--code <code>', 'records with this error code')
    .option('--topic <name>', 'records of this topic')
    .option('--older-than <span>', 'records at least this old', readSpan)
    .option('--reason <text>', 'reason for the audit log')
    .addOption(replacedOption('--because <text>'))
    .option('--dry-run', 'show the result for each record; send nothing')
    .option('--max <n>', 'most records to replay', readCount, MAX)
    .option('--rate <n>', `records a second, at most ${RATE_MAX}`, readCount, RATE)
    .option('--gateway <url>', GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (ids, { output, max, rate, dryRun, gateway, all, ...narrowing }) => {
      const { code, reason } = codeAndReason(shell, narrowing)
      const filter = filterOf({ ...narrowing, code })
      requireMeant(ids, filter, all === true)
      const access = await gatewayAccess(shell, gateway)
      const client = consoleClient(await consoleAccess(shell))
      const answers: ReplayAnswer[] = []
      const run = { ids, filter, max, rate: Math.min(rate, RATE_MAX) }
      const { isMore } = await replayQuarantined(run, {
        list: (query) => client.quarantined(query),
        replay: (id) => orderReplay(access, id, { reason, dryRun: dryRun === true }),
        onResult: (answer) => {
          answers.push(answer)
          if (isForPeople(output)) shell.out(`${replayText(answer)}\n`)
          if (output === 'jsonl') shell.out(`${JSON.stringify(answer)}\n`)
        },
        signal: shell.signal,
      })
      const summary = replaySummary(answers)
      if (!isForPeople(output) && output !== 'jsonl')
        await show(shell, output, {
          data: { items: answers, summary, isMore },
          items: answers,
          text: () => '',
        })
      printEnd(shell, { summary, isMore })
      if (!dryRun && answers.some(({ result }) => UNDONE.has(result)))
        throw new Negative(EXIT.error)
    })
}

/** Only `--all` selects all records at once. */
function requireMeant(
  ids: readonly string[],
  filter: Readonly<Record<string, string>>,
  isAll: boolean,
): void {
  const isNarrowed = Object.keys(filter).length > 0
  if (ids.length > 0 ? !isNarrowed && !isAll : isNarrowed || isAll) return
  throw new CliError(
    'usage',
    'Name the records by ids, by options that select them, or by --all.',
    {
      next: 'freshet quarantine ls',
    },
  )
}

function printEnd(
  shell: Shell,
  {
    summary,
    isMore,
  }: { readonly summary: Readonly<Record<string, number>>; readonly isMore: boolean },
): void {
  const counts = Object.entries(summary).map(([word, count]) => `${count} ${word}`)
  shell.err(`${counts.length === 0 ? 'no record waits' : counts.join('; ')}\n`)
  if (isMore) shell.err('more wait: run it again, or raise --max\n')
}

function addDrop(quarantine: Command, shell: Shell): void {
  quarantine
    .command('drop')
    .description('drop a record for good; the claims that it put in doubt stay in doubt')
    .argument('<id>', 'id of the record')
    .requiredOption('--reason <text>', 'reason for the audit log')
    .option('--gateway <url>', GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (id, { output, reason, gateway }) => {
      const data = await orderDrop(await gatewayAccess(shell, gateway), id, reason)
      await show(shell, output, { data, text: () => dropText(data) })
      if (data.result === 'unchanged') throw new Negative(EXIT.error)
    })
}

function addClear(quarantine: Command, shell: Shell): void {
  quarantine
    .command('clear')
    .description('clear the doubt that a record caused, so that its claims are minted again')
    .argument('<id>', 'id of the record')
    .requiredOption('--reason <text>', 'reason for the audit log')
    .option('--claim <name>', 'only this claim')
    .option('--gateway <url>', GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (id, { output, claim, reason, gateway }) => {
      const data = await orderClearing(await gatewayAccess(shell, gateway), id, { claim, reason })
      await show(shell, output, { data, text: () => clearText(data) })
      if (data.result === 'unchanged') throw new Negative(EXIT.error)
    })
}

/** The form of an error code. A reason for the audit log is a text with spaces. */
const CODE = /^[a-z]+(?:\.[a-z-]+)+$/

/** An earlier spelling of an option: it still works, and the help does not show it. */
function replacedOption<const Flags extends string>(flags: Flags): Option<Flags> {
  return new Option(flags).hideHelp()
}

interface Spellings {
  readonly code?: string | undefined
  readonly reason?: string | undefined
  readonly because?: string | undefined
}

/** The error code that selects records. `--reason` is its earlier spelling, with a warning. */
function codeOf(shell: Shell, { code, reason }: Spellings): string | undefined {
  if (reason !== undefined) warn(shell, '--reason <code>', '--code <code>')
  return code ?? reason
}

/**
 * The error code that selects records, and the reason for the audit log. `--reason` with an error code still
 * selects by it, so an earlier command line never selects more records. `--because` is the earlier spelling of
 * `--reason`. Both print a warning.
 */
function codeAndReason(
  shell: Shell,
  { code, reason, because }: Spellings,
): Pick<Spellings, 'code' | 'reason'> {
  if (because !== undefined) warn(shell, '--because <text>', '--reason <text>')
  const isCode = reason !== undefined && CODE.test(reason)
  if (isCode) return { code: codeOf(shell, { code, reason }), reason: because }
  return { code, reason: because ?? reason }
}

function warn(shell: Shell, earlier: string, now: string): void {
  shell.err(`warning: use ${now}; ${earlier} is its earlier spelling\n`)
}
