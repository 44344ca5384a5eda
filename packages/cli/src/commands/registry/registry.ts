import type { Command } from '@commander-js/extra-typings'
import { errorsIn } from '@freshet/registry/lint'
import { consoleAccess } from '../../context.ts'
import { EXIT, Negative } from '../../exit-code.ts'
import { findingsText, shownFindings } from '../../output/registry/findings-text.ts'
import { consoleClient } from '../../http/console-client.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
  type Shown,
} from '../../output/format.ts'
import { withoutProbes, registryText, versionsText } from '../../output/registry/registry-text.ts'
import { usageText } from '../../output/registry/usage-text.ts'
import type { View } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'
import { readCount } from '../arguments.ts'
import { addPublishCommands } from './registry-publish.ts'
import type { OutstandingAnswer, ShownDifference } from '@freshet/insight/answers'
import { diffRegistries, tokensTouched } from '@freshet/registry/diff'
import type { Registry } from '@freshet/protocol'
import { CliError } from '../../cli-error.ts'
import { tokensText, differencesText } from '../../output/registry/differences-text.ts'

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
