import { randomUUID } from 'node:crypto'
import { Argument, type Command } from '@commander-js/extra-typings'
import { OWN_SOURCE, nearestName } from '@freshet/protocol'
import { ProblemError } from '@freshet/source/problem'
import { CliError } from '../../cli-error.ts'
import { consoleAccess, gatewayAccess, requireStack, findStack } from '../../context.ts'
import { EXIT, Negative } from '../../exit-code.ts'
import { consoleClient } from '../../http/console-client.ts'
import {
  askTouches,
  orderCutOff,
  type GatewayAccess,
  type Guard,
  type Touches,
} from '../../http/gateway-client.ts'
import {
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
  type OutputFormat,
} from '../../output/format.ts'
import { acceptedText } from '../../output/changes/accepted-text.ts'
import { numberOf } from '../../output/number-of.ts'
import { withProgress } from '../../output/progress.ts'
import { waterfallText } from '../../output/changes/waterfall.ts'
import type { Shell } from '../../shell.ts'
import { GATEWAY_HELP, oneOf, readDuration } from '../arguments.ts'
import { awaitChange, type AwaitedState } from './await-change.ts'
import { CUT_OFF_KINDS, cutOffBody, cutOffSentence, type CutOffQuestion } from './cut-off-order.ts'
import type { AcceptedAnswer } from './emit-change.ts'
import { printable } from '../../output/printable.ts'

const ANSWER_WITHIN_MS = 5_000

/**
 * Refuses a key that signed no outstanding token and that the authority does not publish. Any key is accepted if no authority
 * is known.
 *
 * @throws `CliError` not found
 */
async function requireKnownKey(
  shell: Shell,
  { kind, target, unknownOk }: CutOffQuestion,
  { tokens }: Touches,
): Promise<void> {
  if (kind !== 'key' || unknownOk === true || tokens > 0) return
  const kids = await publishedKids(shell)
  if (kids === undefined || kids.includes(target)) return
  const what = `The authority has no key ${printable(target)}, and no outstanding token is signed by it.`
  const nearest = nearestName(target, kids)
  const hint = nearest === undefined ? '' : ` Did you mean ${printable(nearest)}?`
  const next = 'correct the name, or add --unknown-ok if it is right'
  throw new CliError('notFound', `${what}${hint}`, { next })
}

/** The refusal of the gateway; an unknown tenant or claim reads as not found. */
function cutOffRefusal(error: unknown, { tenant }: CutOffQuestion): unknown {
  if (!(error instanceof ProblemError)) return error
  const isTenant =
    error.code === 'event.forbidden' &&
    error.message.startsWith(`tenant ${tenant} is not in the registry`)
  const isUnknown = isTenant || error.code === 'event.unmapped'
  return isUnknown ? new CliError('notFound', error.message, { cause: error }) : error
}

async function publishedKids(shell: Shell): Promise<readonly string[] | undefined> {
  const issuer = (await findStack(shell))?.dev.authority.url ?? shell.env['FRESHET_ISSUER']
  if (!issuer || !URL.canParse(issuer)) return undefined
  const url = `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const response = await fetch(url, { redirect: 'error', signal })
    if (!response.ok) return undefined
    const { keys } = (await response.json()) as { readonly keys: readonly { kid?: string }[] }
    return keys.flatMap(({ kid }) => kid ?? [])
  } catch {
    return undefined
  }
}

const AWAITED: readonly AwaitedState[] = ['recorded', 'published', 'applied']
const WAIT_MS = 10_000

interface CutOffOptions {
  readonly dryRun?: true | undefined
  readonly yes?: true | undefined
  readonly wait?: AwaitedState | undefined
  readonly timeout: number
  readonly output: OutputFormat
}

/** `freshet cut-off KIND TARGET`: what an operator does in an emergency. */
export function addCutOffCommand(program: Command, shell: Shell): void {
  program
    .command('cut-off')
    .description('make many tokens stale at once, or deny them')
    .addArgument(new Argument('<kind>', 'what').choices(CUT_OFF_KINDS))
    .argument('<target>', 'id of the target; URL of an issuer, kid of a key, jti of a token')
    .option('--claim <name>', 'claim of a value')
    .option('--tenant <id>', 'tenant; default: the one of the dev stack')
    .option('--gateway <url>', GATEWAY_HELP)
    .option('--reason <text>', 'reason for the audit log; required with --confirm')
    .option(
      '--confirm',
      'confirm a cut-off that touches more than guards.cutOff of the registry allows',
    )
    .option('--unknown-ok', 'accept a target that the registry does not have')
    .option(
      '--dry-run',
      'show how many tokens, subjects and clients it would touch; change nothing',
    )
    .option('--yes', 'skip the confirmation question')
    .option('--wait <state>', AWAITED.join(', '), oneOf(AWAITED))
    .option('--timeout <duration>', 'longest time to wait', readDuration, WAIT_MS)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(
      async (kind, target, { gateway, tenant, claim, reason, confirm, unknownOk, ...options }) => {
        const access = await gatewayAccess(shell, gateway)
        const of = tenant ?? (await tenantOf(shell))
        const question = { kind, target, claim, tenant: of, reason, confirm, unknownOk }
        await run(shell, access, question, options)
      },
    )
}

async function tenantOf(shell: Shell): Promise<string> {
  return (await requireStack(shell)).tenant
}

async function run(
  shell: Shell,
  access: GatewayAccess,
  question: CutOffQuestion,
  options: CutOffOptions,
): Promise<void> {
  const { output } = options
  const body = cutOffBody(question, randomUUID())
  const { touches, guard } = await askTouches(access, body).catch((error: unknown) => {
    throw cutOffRefusal(error, question)
  })
  await requireKnownKey(shell, question, touches)
  if (touches.tokens === 0)
    shell.err(`note: no outstanding token depends on ${question.kind} ${question.target}\n`)
  if (options.dryRun) {
    return await show(shell, output, {
      data: { dryRun: true, touches, ...(guard && { guard }) },
      text: () => `${touchesText(touches)}${guardText(guard)}`,
    })
  }
  requireConfirmed(question, touches, guard)
  await askFirst(shell, options, `${cutOffSentence(question)} (${touchesText(touches)})?`)
  const { accepted, source } = await carryOut(shell, access, { question, body })
  const { id } = accepted
  if (options.wait === undefined) {
    const text = (): string => acceptedText(accepted)
    return await show(shell, output, { data: { ...accepted, touches }, text })
  }
  const client = consoleClient(await consoleAccess(shell))
  const { wait: state, timeout: timeoutMs } = options
  const awaited = { id, source, tenant: question.tenant, state, timeoutMs }
  const change = await withProgress(shell, `waiting until ${id} is ${state}`, () =>
    awaitChange(awaited, client, shell.signal),
  )
  await show(shell, output, { data: change, text: (view) => waterfallText(change, view) })
}

function guardText(guard: Guard | undefined): string {
  if (guard === undefined) return ''
  const held = guard.needsConfirmation ? '; it needs --confirm' : ''
  return `, of ${guard.outstanding} that the tenant has${held}`
}

/**
 * The gateway requires a confirmation of its own orders; a value is withdrawn by its source, which needs
 * none.
 */
function requireConfirmed(
  { confirm, reason }: CutOffQuestion,
  touches: Touches,
  guard: Guard | undefined,
): void {
  if (confirm && reason === undefined) throw new CliError('usage', '--confirm needs --reason.')
  if (!guard?.needsConfirmation || confirm) return
  throw new CliError('usage', `This touches ${touchesText(touches)}${guardText(guard)}.`, {
    next: 'check the numbers, then add --confirm and --reason',
  })
}

function touchesText({ tokens, subjects, clients, edges }: Touches): string {
  const atEdges = edges === undefined ? '' : `, at ${numberOf(edges, 'edge')}`
  const parts = [
    numberOf(tokens, 'outstanding token'),
    `of ${numberOf(subjects, 'subject')}`,
    `by ${numberOf(clients, 'client')}${atEdges}`,
  ]
  return parts.join(' ')
}

/** Without a terminal there is no question, so `--yes` is required. */
async function askFirst(shell: Shell, options: CutOffOptions, question: string): Promise<void> {
  if (options.yes) return
  if (!shell.isInteractive) {
    throw new CliError('usage', 'A cut-off needs a confirmation.', {
      next: 'add --yes, or --dry-run to see what it would touch',
    })
  }
  const answer = await shell.ask(`${question} [y/N] `)
  if (/^y(es)?$/i.test(answer.trim())) return
  shell.err('nothing was done\n')
  throw new Negative(EXIT.error)
}

/** Versions compare within one source only, so a value is withdrawn in the name of its source. */
async function carryOut(
  shell: Shell,
  access: GatewayAccess,
  { question, body }: { readonly question: CutOffQuestion; readonly body: object },
): Promise<{ readonly accepted: AcceptedAnswer; readonly source: string }> {
  const { kind, claim, target, tenant } = question
  if (kind !== 'value' || claim === undefined) {
    return { accepted: await orderCutOff(access, body), source: OWN_SOURCE }
  }
  const dev = await requireStack(shell)
  const { emitChange } = await import('./emit-change.ts')
  const { sourceKeyOf } = await import('../sources/source-key.ts')
  const { claims } = await consoleClient(await consoleAccess(shell)).registry()
  const source = claims.find((each) => each.claim === claim)?.source ?? ''
  const change = {
    source,
    tenant,
    iss: '',
    op: 'value-withdrawn',
    claim,
    values: [target],
  } as const
  const unset = { id: undefined, sequence: undefined, subject: undefined }
  const from = { key: await sourceKeyOf(dev, source), gateway: dev.gateway.url }
  return { accepted: await emitChange({ ...change, ...unset }, from), source }
}
