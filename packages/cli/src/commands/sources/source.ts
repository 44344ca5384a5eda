import { resolve } from 'node:path'
import { Option, type Command } from '@commander-js/extra-typings'
import { STATED_KINDS, type StatedKind } from '@freshet/protocol'
import { EXIT, Negative } from '../../exit-code.ts'
import {
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
  NO_HEADERS_HELP,
} from '../../output/format.ts'
import type { LoadFormat } from '../../load/read-rows.ts'
import type { Shell } from '../../shell.ts'
import { KEY_FILE_HELP, oneOf, readDuration, SOURCE_GATEWAY_HELP } from '../arguments.ts'
import { SECRETS_HELP, UPSTREAM_REGISTRY_HELP } from '../connect/connect.ts'
import type { SourceLoadResult } from './source-load.ts'
import { consoleAccess } from '../../context.ts'
import { consoleClient } from '../../http/console-client.ts'
import type { View } from '../../output/view.ts'
import { showOnceOrWatch, WATCH_FLAGS, WATCH_HELP } from '../../output/watch.ts'

/** The interval that the example registry names as `heartbeat`. */
const HEARTBEAT_EVERY_MS = 1_000
const FORMATS: readonly LoadFormat[] = ['jsonl', 'csv']

const TOKEN_HELP = `
With --body the token names method, path and digest of one request, and the
gateway accepts it with no other request. Give the bytes that curl sends:
  printf %s "$event" | freshet source token --source hr --body -
`

/** `freshet source …`: what a source does by hand. */
export function addSourceCommands(program: Command, shell: Shell): void {
  const source = program.command('source').description('list sources, and send as a source by hand')
  addSourceList(source, shell)
  addToken(source, shell)
  addHeartbeats(source, shell)
  addLoad(source, shell)
  addResync(source, shell)
  addDiff(source, shell)
}

function addToken(source: Command, shell: Shell): void {
  source
    .command('token')
    .description('make a bearer token of a source for curl; it is valid for one request')
    .requiredOption('--source <id>', 'source that signs the token')
    .option('--gateway <url>', SOURCE_GATEWAY_HELP)
    .option('--key-file <path>', KEY_FILE_HELP)
    .option('--body <file>', 'file of the body to bind the token to; - is standard input')
    .option('--method <method>', 'method of the request to bind the token to', 'POST')
    .option('--path <path>', 'path of the request to bind the token to', '/v1/changes')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', TOKEN_HELP)
    .action(async ({ output, ...options }) => {
      const { sourceToken } = await import('./source-token.ts')
      const token = await sourceToken(shell, options)
      await show(shell, output, { data: { source: options.source, token }, text: () => token })
    })
}

const HEARTBEAT_HELP = `
For a source without a program that sends heartbeats: one that sends changes by
hand or by source load. A heartbeat states that the gateway has every change of
the source up to now. So do not use it beside a program that can still have
unsent changes. The command continues through refusals and outages, with pauses
of at most 2 s, and reports each trouble once. Ctrl-C ends it with exit code 0.
`

function addHeartbeats(source: Command, shell: Shell): void {
  source
    .command('beat')
    .description('send the heartbeats of a source until Ctrl-C')
    .requiredOption('--source <id>', 'source that sends them')
    .option('--tenant <id>', 'tenant, or several by commas; default: the one of the dev stack')
    .option('--gateway <url>', SOURCE_GATEWAY_HELP)
    .option('--key-file <path>', KEY_FILE_HELP)
    .option('--every <duration>', 'interval of the heartbeats', readDuration, HEARTBEAT_EVERY_MS)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', HEARTBEAT_HELP)
    .action(async (options) => {
      const { runSourceHeartbeat } = await import('./source-heartbeat.ts')
      await runSourceHeartbeat(shell, options)
    })
}

const LOAD_HELP = `
A line has the values of one claim of a subject. JSON lines:
  {"subject":"alice","claim":"groups","value":["staff","payments-approvers"]}
CSV, with a first line that names the columns, and several values in a cell
separated by |:
  subject,claim,value
  alice,groups,staff|payments-approvers
"iss" names the identity provider of a subject if it is not the default one.

The account source also has a line for each account, in CSV with a column
"account". A cut-off source has JSON lines of all cut-offs and denials in force:
  {"subject":"alice","account":"enabled"}
  {"op":"cut-off","scope":"client","target":"shop-web"}
  {"op":"deny","scope":"key","target":"at-2026-11"}

The file is a snapshot of the source. At its end, every claim that the source
sent before the file was written and that the file does not contain is removed.
If it has lines of accounts, each account that it does not contain is in doubt.
Later changes are newer and stay. The command checks all lines before it sends
anything. After an interruption, run the same command again to continue. A
source that numbers its events itself must send nothing meanwhile.
`

function readStates(text: string): readonly StatedKind[] {
  return text.split(',').map(oneOf(STATED_KINDS))
}

/** The common part of loading and resyncing. */
function loadCommand(source: Command, name: string, description: string) {
  return (
    source
      .command(name)
      .description(description)
      .argument('<file>', 'file of JSON lines or CSV')
      .requiredOption('--source <id>', 'source that the file belongs to')
      .option(
        '--format <format>',
        'jsonl or csv; default: the ending of the file name',
        oneOf(FORMATS),
      )
      .option(
        '--as-of <version>',
        'source version of all lines; default: the time when the file was written',
      )
      .option(
        '--states <kinds>',
        'accounts, cut-offs, or both by a comma: the file has all of them, also if it has no line of them',
        readStates,
      )
      .option('--state <file>', 'file for the progress of the load; default: beside the file')
      .option('--restart', 'start again and ignore the progress of an earlier run')
      .option('--skip-bad', 'skip lines that cannot be loaded')
      .option(
        '--gateway <url>',
        'URL of the gateway; default: FRESHET_GATEWAY_URL, else the dev stack; elsewhere it needs --key-file, --tenant and --iss',
      )
      .option('--key-file <path>', KEY_FILE_HELP)
      // The name of earlier releases.
      .addOption(new Option('--key <file>').hideHelp())
      .option('--tenant <id>', 'tenant; default: the one of the dev stack')
      .option('--iss <url>', 'identity provider of the subjects; default: the one of the dev stack')
      .option(
        '--registry <file>',
        'registry file to check the lines against; default: the dev stack',
      )
      .option('--confirm', 'confirm that the claims which the file does not contain are removed')
      .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
  )
}

function addLoad(source: Command, shell: Shell): void {
  const what =
    'load a snapshot of a source from a file; run it again to continue after an interruption'
  loadCommand(source, 'load', what)
    .addHelpText('after', LOAD_HELP)
    .action(async (file, { output, ...options }) => {
      const { runSourceLoad } = await import('./source-load.ts')
      const data = await runSourceLoad(shell, resolve(shell.cwd, file), options)
      await show(shell, output, { data, text: () => loadText(data) })
    })
}

const RESYNC_HELP = `
This command loads a file like load, for a source that has sent changes before.
It waits until the reconciler has compared the file, and reports the missed
changes with the owner of the source. The source can send changes meanwhile.
Exit code 10: the snapshot is held, because it removes too much, or its end was
refused, because an activation or an unreadable record voided it.
`

function addResync(source: Command, shell: Shell): void {
  const what = 'load a new snapshot of a source, and report its missed changes'
  loadCommand(source, 'resync', what)
    .addHelpText('after', RESYNC_HELP)
    .action(async (file, { output, ...options }) => {
      const { runSourceResync } = await import('./source-resync.ts')
      const { resyncText } = await import('./resync-text.ts')
      const data = await runSourceResync(shell, resolve(shell.cwd, file), options)
      await show(shell, output, { data, items: data.missed.changes, text: () => resyncText(data) })
      if (data.state !== 'ended') throw new Negative(EXIT.unhealthy)
    })
}

const DIFF_HELP = `
The command lists the upstream system of the source, compares it with what
Freshet has, and prints what freshet serve connect would change. It sends
nothing. Exit code 10: there are differences.
`

function addDiff(source: Command, shell: Shell): void {
  source
    .command('diff')
    .description('show how an upstream system differs from what Freshet has, and send nothing')
    .requiredOption('--source <id>', 'source with an upstream system')
    .option('--tenant <id>', 'tenant; default: all of them')
    .option('--registry <file>', UPSTREAM_REGISTRY_HELP)
    .option('--secrets <folder>', SECRETS_HELP)
    .option('--gateway <url>', SOURCE_GATEWAY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', DIFF_HELP)
    .action(async ({ output, ...options }) => {
      const { runSourceDiff, sourceDiffText } = await import('./source-diff.ts')
      const found = await runSourceDiff(shell, options)
      const items = found.flatMap(({ differences }) => differences)
      const text = (view: View): string => sourceDiffText(found, view)
      await show(shell, output, { data: { items: found }, items, text })
      if (items.length > 0) throw new Negative(EXIT.unhealthy)
    })
}

function loadText({ source, lines, skipped, resumedAt, sent, seconds }: SourceLoadResult): string {
  const all = linesOf(lines)
  if (sent === 0) return `already loaded: ${all} as ${source}`
  const parts = [
    `loaded ${all} as ${source} in ${seconds.toFixed(1)} s`,
    ...(resumedAt > 0 ? [`${resumedAt} events had been sent before`] : []),
    ...(skipped > 0 ? [`${linesOf(skipped)} left out`] : []),
  ]
  return parts.join('; ')
}

function linesOf(count: number): string {
  return `${count} ${count === 1 ? 'line' : 'lines'}`
}

/** Adds `freshet source ls`. */
function addSourceList(source: Command, shell: Shell): void {
  source
    .command('ls')
    .description('list the sources of each tenant with their status and last heartbeat')
    .option('--probes', 'list the source and the tenant of probes, too')
    .option(WATCH_FLAGS, WATCH_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, probes, watch }) => {
      const { sourcesText } = await import('../../output/stack/sources-text.ts')
      const { PROBE_NAME } = await import('@freshet/protocol/slo')
      const client = consoleClient(await consoleAccess(shell))
      await showOnceOrWatch(shell, { output, watch }, async (format) => {
        const { sources, apiVersion } = await client.status()
        const items = sources.filter(({ tenant }) => probes === true || tenant !== PROBE_NAME)
        const text = (view: View): string => sourcesText(items, view)
        await show(shell, format, { data: { apiVersion, items }, items, headers, text })
      })
    })
}
