import type { Command } from '@commander-js/extra-typings'
import type { SubjectStateJson, TokenView } from '@freshet/insight/answers'
import { CliError } from '../../cli-error.ts'
import { consoleAccess, findStack } from '../../context.ts'
import { Negative } from '../../exit-code.ts'
import { consoleClient, type ConsoleClient } from '../../http/console-client.ts'
import { askSidecar } from '../../http/sidecar-client.ts'
import { checkText, holdersText, tokenText } from '../../output/tokens/token-text.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../../output/format.ts'
import { withProgress } from '../../output/progress.ts'
import type { Shell } from '../../shell.ts'
import {
  CLIENT_SECRET_HELP,
  collect,
  IDP_KEY_HELP,
  ISSUER_HELP,
  oneOf,
  readCount,
  readMoment,
} from '../arguments.ts'
import { readTokenArgument } from './read-token.ts'
import { sidecarUrl } from './sidecar-url.ts'

/** `freshet token …`: access tokens and what is true of them. */
export function addTokenCommands(program: Command, shell: Shell): void {
  const token = program.command('token').description('mint, check and explain access tokens')
  addMint(token, shell)
  addCheck(token, shell)
  addExplain(token, shell)
  addLs(token, shell)
}

const MINT_HELP = `
Outside of a dev stack, the command needs an authority, a client with its
secret, and a token of an identity provider. It takes that token by
--subject-token, or signs one for --subject with the key of a test provider.
--idp-key-file names that key.
`

function addMint(token: Command, shell: Shell): void {
  token
    .command('mint')
    .description('mint a token for a subject by token exchange')
    .option('--subject <sub>', 'subject of the token')
    .option('--subject-token <jwt>', 'token of the identity provider, or - for stdin')
    .requiredOption('--audience <name>', 'audience of the token')
    .option('--client <id>', 'client that requests it; default: the first one of the dev stack')
    .option('--client-secret-file <path>', CLIENT_SECRET_HELP)
    .option('--issuer <url>', ISSUER_HELP)
    .option('--iss <url>', 'identity provider of the subject; default: the one of the dev stack')
    .option('--idp-key-file <path>', IDP_KEY_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', MINT_HELP)
    .action(async ({ output, ...options }) => {
      const { mintForOptions } = await import('./mint-for-options.ts')
      const data = await withProgress(shell, 'waiting for the authority', () =>
        mintForOptions(shell, options),
      )
      await show(shell, output, { data, text: () => data.access_token })
    })
}

function addCheck(token: Command, shell: Shell): void {
  token
    .command('check')
    .description('ask an edge about a token; exit code 11 unless it allows')
    .argument('<jwt>', 'token, or - for stdin')
    .option(
      '--require <claim=value,…>',
      'values that the route requires; repeat the option for several',
      collect,
      [],
    )
    .option('--audience <name>', 'audience; default: the one of the sidecar')
    .option(
      '--risk <risk>',
      'risk of the route: normal or high',
      oneOf(['normal', 'high'] as const),
    )
    .option(
      '--sidecar <url>',
      'edge to ask: a URL, or sidecar or sidecar:2 of the dev stack; else FRESHET_SIDECAR_URL',
      'sidecar',
    )
    .option('--allow-plaintext', 'send the token to an http address of another machine')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (given, { output, require, audience, risk, sidecar, allowPlaintext }) => {
      const required = requirementsOf(require)
      const url = await sidecarUrl(shell, sidecar, allowPlaintext === true)
      const data = await askSidecar(url, {
        token: await readTokenArgument(given, shell),
        ...(audience === undefined ? {} : { audience }),
        ...(risk === undefined ? {} : { risk }),
        ...(require.length === 0 ? {} : { require: required }),
      })
      await show(shell, output, { data, isProse: true, text: () => checkText(data, shell.colors) })
      if (data.decision !== 'allow') throw new Negative()
    })
}

function addExplain(token: Command, shell: Shell): void {
  token
    .command('explain')
    .description('explain claim by claim why a token is stale or not, from the authority’s records')
    .argument('<jwt|jti>', 'token, - for stdin, or id of a token')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (given, { output }) => {
      const text = await readTokenArgument(given, shell)
      const client = consoleClient(await consoleAccess(shell))
      const answer = await (text.includes('.') ? client.explain(text) : client.token(text))
      const now = await valuesNow(client, answer)
      const data = { ...answer, ...(now && { now }) }
      await show(shell, output, { data, isProse: true, text: (view) => tokenText(data, view) })
    })
}

function addLs(token: Command, shell: Shell): void {
  token
    .command('ls')
    .description(
      'list the tokens that carry a value of a claim now, or carried it at a time; for operators',
    )
    .requiredOption('--claim <name>', 'claim to search')
    .requiredOption('--value <value>', 'value to search')
    .option('--at <time>', 'RFC 3339 time, or an age like 15m, 25h, 8d; default: now', readMoment)
    .option('--tenant <id>', 'tenant; default: the one of the dev stack')
    .option('--limit <n>', 'tokens on one page, at most 500', readCount, 100)
    .option('--after <place>', 'cursor of the next page, as the page before shows it')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ claim, value, at, tenant, limit, after, output, headers }) => {
      const client = consoleClient(await consoleAccess(shell))
      const of = tenant ?? (await findStack(shell))?.dev.tenant
      if (of === undefined) throw new CliError('usage', '--tenant is needed.')
      const data = await client.holders({
        tenant: of,
        claim,
        value,
        limit: String(limit),
        ...(at !== undefined && { at: new Date(at).toISOString() }),
        ...(after !== undefined && { after }),
      })
      await show(shell, output, {
        data,
        items: data.items,
        headers,
        text: (view) => holdersText(data, view),
      })
      if (data.next !== null) shell.err(`there are more: --after ${data.next}\n`)
    })
}

/**
 * Asks for the claims now of the subject of a token. Operators get values, and the audit records it. `undefined` if the
 * role does not get the name, if the console has no answer, and for a token with actors: it carries only values that
 * all of them have. The explanation of a token does not depend on it.
 */
async function valuesNow(
  client: Pick<ConsoleClient, 'subjectState'>,
  { tenant, parties }: TokenView,
): Promise<SubjectStateJson['claims'] | undefined> {
  const [party, ...actors] = parties
  if (party === undefined || party.subject.sub === null || actors.length > 0) return undefined
  const { sub, iss } = party.subject
  const state = await client.subjectState(sub, { tenant, iss, probes: true }).catch(() => undefined)
  return state?.claims
}

const UNESCAPED_COMMA = /(?<!\\),/

/**
 * Reads `groups=a,b` as what a route requires; the same claim may come again. A comma that belongs
 * to a value is written `\\,`: names from directories hold commas.
 *
 * @throws `CliError` usage
 */
export function requirementsOf(
  given: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  const required = new Map<string, readonly string[]>()
  for (const text of given) {
    const [, claim, listed] = /^([^=]+)=(.+)$/.exec(text) ?? []
    const values = listed?.split(UNESCAPED_COMMA).map((value) => value.replaceAll('\\,', ',')) ?? []
    if (claim === undefined || values.length === 0 || values.includes('')) {
      throw new CliError('usage', '--require needs claim=value, or claim=value,value.')
    }
    required.set(claim, [...(required.get(claim) ?? []), ...values])
  }
  return Object.fromEntries(required)
}
