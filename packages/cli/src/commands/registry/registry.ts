import type { Command } from '@commander-js/extra-typings'
import type { OutstandingAnswer, ShownDifference, UsageAnswer } from '@freshet/insight/answers'
import type { Registry } from '@freshet/protocol'
import type { LocatedFinding, UsageState } from '@freshet/registry'
import { diffRegistries, tokensTouched } from '@freshet/registry/diff'
import { errorsIn, registryRules, type Severity } from '@freshet/registry/lint'
import { CliError } from '../../cli-error.ts'
import { consoleAccess } from '../../context.ts'
import { EXIT, Negative } from '../../exit-code.ts'
import { consoleClient } from '../../http/console-client.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
  type Shown,
} from '../../output/format.ts'
import { printable } from '../../output/printable.ts'
import { tokensText, differencesText } from '../../output/registry/differences-text.ts'
import { withoutProbes, registryText, versionsText } from '../../output/registry/registry-text.ts'
import { tableOf, type TableColumn } from '../../output/table.ts'
import { type View, PLAIN_VIEW } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'
import { readCount } from '../arguments.ts'
import { addPublishCommands } from './registry-publish.ts'

/** The window of a service level. */
const USAGE_DAYS = 28

/** `freshet registry …`: who owns each claim. */
export function addRegistryCommands(program: Command, shell: Shell): void {
  const registry = program
    .command('registry')
    .description('check, compare and publish the registry')
  addShow(registry, shell)
  addVersions(registry, shell)
  addDiff(registry, shell)
  addLint(registry, shell)
  addUsage(registry, shell)
  addPublishCommands(registry, shell)
}

function addShow(registry: Command, shell: Shell): void {
  registry
    .command('show')
    .description('show the active registry: owner, source and receivers of each claim')
    .option('--probes', 'tables show the entries of probes, too; the other formats always do')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, probes }) => {
      const data = await consoleClient(await consoleAccess(shell)).registry()
      const { PROBE_NAME } = await import('@freshet/protocol/slo')
      const shown = probes === true ? data : withoutProbes(data, PROBE_NAME)
      await show(shell, output, {
        data,
        items: data.claims,
        headers,
        text: (view) => registryText(shown, view),
      })
    })
}

function addDiff(registry: Command, shell: Shell): void {
  registry
    .command('diff')
    .description(
      'show what a registry file tightens and widens against another one, and how many outstanding tokens that touches',
    )
    .argument('<old>', 'registry file (YAML) before')
    .argument('<new>', 'registry file (YAML) after')
    .option('--no-stack', 'count no tokens and ask no running stack')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (old, file, { stack, output }) => {
      const { readRegistryFile } = await import('./lint-file.ts')
      const [before, after] = await Promise.all([readRegistryFile(old), readRegistryFile(file)])
      const found = stack ? await outstandingOf(shell) : undefined
      await show(shell, output, diffShown({ old, new: file, before, after }, found))
    })
}

function addLint(registry: Command, shell: Shell): void {
  registry
    .command('lint')
    .description('find all faults of a registry file; exit code 1 if there is an error')
    .argument('<file>', 'registry file (YAML), beside the key files that it names')
    .option('--no-keys', 'do not read the key files')
    .option('--slos <file>', 'OpenSLO file: report the objectives that it does not measure')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (file, { keys, slos: slosFile, output }) => {
      const { lintFile, readSlosFile } = await import('./lint-file.ts')
      const slos = slosFile === undefined ? undefined : await readSlosFile(slosFile)
      const items = shownFindings((await lintFile(file, { keys, slos })).findings)
      const text = (): string => findingsText(file, items)
      await show(shell, output, { data: { file, findings: items }, items, text })
      if (errorsIn(items).length > 0) throw new Negative(EXIT.error)
    })
}

function addUsage(registry: Command, shell: Shell): void {
  registry
    .command('usage')
    .description(
      'show how each audience used the claims of its tokens, and which claims it does not need',
    )
    .option('--days <n>', 'number of days, including today, 1 to 90', readCount, USAGE_DAYS)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ days, output, headers }) => {
      const data = await consoleClient(await consoleAccess(shell)).usage(days)
      await show(shell, output, {
        data,
        items: data.items,
        headers,
        text: (view) => usageText(data, view),
      })
    })
}

function addVersions(registry: Command, shell: Shell): void {
  registry
    .command('versions')
    .description('list the published versions, newest first: author, time and reason')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers }) => {
      const answer = await consoleClient(await consoleAccess(shell)).registry()
      const { apiVersion, version: active, versions: items } = answer
      const text = (view: View): string =>
        items.length === 0 ? 'no version was published' : versionsText(items, view)
      await show(shell, output, { data: { apiVersion, active, items }, items, headers, text })
    })
}

/** The two registries to compare. */
interface Compared {
  readonly old: string
  readonly new: string
  readonly before: Registry
  readonly after: Registry
}

/** The number of touched outstanding tokens. */
interface TouchedAnswer {
  readonly at: string
  readonly outstanding: number
  /** The number that a tightening difference touches, each once. */
  readonly tightened: number
  /** False: there are more outstanding tokens than were looked at. */
  readonly isComplete: boolean
}

/**
 * The outstanding tokens of the running stack. The comparison needs no stack: a reviewer of a file need not
 * run one.
 */
async function outstandingOf(shell: Shell): Promise<OutstandingAnswer | undefined> {
  const access = await consoleAccess(shell).catch((error: unknown) => {
    if (error instanceof CliError && error.kind === 'unreachable') return undefined
    throw error
  })
  if (access !== undefined) return consoleClient(access).outstanding()
  shell.err('no running stack was found here, so no tokens are counted\n')
  return undefined
}

/** The differences, with the tokens that each one is about where they are known. */
function diffShown(
  { before, after, ...files }: Compared,
  found: OutstandingAnswer | undefined,
): Shown {
  const plain = diffRegistries(before, after)
  if (found === undefined) {
    const data = { ...files, differences: plain, tokens: null }
    return { data, items: plain, text: () => differencesText(plain) }
  }
  const { kinds, at, isComplete } = found
  const { byDifference, ...counts } = tokensTouched(plain, [before, after], kinds)
  const differences = plain.map((each, n) => ({ ...each, tokens: byDifference[n] ?? 0 }))
  const tokens = { at, isComplete, ...counts }
  const text = (): string =>
    [differencesText(differences), summaryOf(differences, tokens)].join('\n')
  return { data: { ...files, differences, tokens }, items: differences, text }
}

function summaryOf(
  differences: readonly ShownDifference[],
  { outstanding, tightened, isComplete }: TouchedAnswer,
): string {
  const least = isComplete ? '' : 'at least '
  if (differences.length === 0) return `${least}${tokensText(outstanding)} outstanding`
  return `what tightens touches ${least}${tightened} of ${least}${tokensText(outstanding)} outstanding`
}

/** A finding as data: with the rule that it breaks. */
interface ShownFinding extends LocatedFinding {
  readonly rule: string
}

/** The same with the rule of each. */
function shownFindings(findings: readonly LocatedFinding[]): readonly ShownFinding[] {
  return findings.map(({ code, severity, line, column, place, message, fix }) => {
    const { rule } = registryRules[code]
    return { code, severity, line, column, place, message, rule, fix }
  })
}

/** The findings as people and editors read them, and how many there are. */
function findingsText(file: string, findings: readonly ShownFinding[]): string {
  if (findings.length === 0) return `${printable(file)}: nothing found`
  const lines = findings.flatMap(({ code, severity, line, column, place, message, rule, fix }) => [
    `${file}:${line}:${column}: ${severity}: ${message} (${code})`,
    ...(place === '' ? [] : [`  at ${place}`]),
    `  rule: ${rule}`,
    `  fix: ${fix}`,
  ])
  return [...lines, sumOf(findings)].map(printable).join('\n')
}

function sumOf(findings: readonly ShownFinding[]): string {
  const count = (severity: Severity): string => {
    const number = findings.filter((each) => each.severity === severity).length
    return `${number} ${severity}${number === 1 ? '' : 's'}`
  }
  return `${count('error')}, ${count('warning')}, ${count('note')}`
}

const COLUMNS: readonly TableColumn[] = [
  { heading: 'CLAIM' },
  { heading: 'DECISIONS', align: 'right' },
  { heading: 'NEEDED', align: 'right' },
  { heading: 'CARRIED', align: 'right' },
  { heading: 'USE', kind: 'free' },
]

const WORDS: Readonly<Record<UsageState, string>> = {
  used: 'used',
  unnamed: 'judged, but no route declared its claims',
  kept: 'not used, but a declared route requires it or has policies',
  unused: 'never used',
  descriptive: 'descriptive: edges cannot count its use',
  'no-data': 'no data',
}

/** The use of claims by audience, and the differences of a registry without the unused ones. */
export function usageText(
  { days, items, differences }: UsageAnswer,
  view: View = PLAIN_VIEW,
): string {
  const audiences = items.map(({ audience, since, claims }) => {
    const head =
      since === null
        ? `${audience}: no decision was counted in ${daysText(days)}`
        : `${audience}: decisions since ${since}, of the last ${daysText(days)}`
    const rows = claims.map(({ claim, decisions, needed, carried, state, isWide }) => [
      claim,
      String(decisions),
      meanText(needed),
      meanText(carried),
      isWide ? `${WORDS[state]}; tokens carry far more than is needed` : WORDS[state],
    ])
    return `${printable(head)}\n${tableOf(COLUMNS, rows, view)}`
  })
  const smaller =
    differences.length === 0
      ? 'no audience carries a claim that was never used'
      : `without the claims that were never used:\n${differencesText(differences)}`
  return [...audiences, smaller].join('\n\n')
}

function daysText(days: number): string {
  return days === 1 ? 'day' : `${days} days`
}

function meanText(mean: number | null): string {
  return mean === null ? '-' : String(Math.round(mean * 10) / 10)
}
