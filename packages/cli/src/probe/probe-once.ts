import { randomUUID } from 'node:crypto'
import {
  runProbe,
  type ProbeRun,
  progressOf,
  type ProbeWorld,
  type ProbeAnswer,
} from '@freshet/insight'
import { systemClock as clock } from '@freshet/runtime'
import { CliError } from '../cli-error.ts'
import { awaitChange } from '../commands/changes/await-change.ts'
import type { Op } from '../commands/changes/change-to-emit.ts'
import { emitChange } from '../commands/changes/emit-change.ts'
import {
  sourceAccess,
  type SourceAccessOptions,
  type SourceAccess,
} from '../commands/sources/source-access.ts'
import { mintAccess, requireIdp, type MintAccessOptions } from '../commands/tokens/mint-access.ts'
import { sidecarUrl } from '../commands/tokens/sidecar-url.ts'
import { consoleAccess, findStack } from '../context.ts'
import { consoleClient, type ConsoleClient } from '../http/console-client.ts'
import { askSidecar } from '../http/sidecar-client.ts'
import type { Shell } from '../shell.ts'
import { mintToken, type TokenRequest } from '../stack/token-client.ts'

const EVERY_MS = 25

/** The options of `freshet probe run`. */
export interface ProbeOptions extends Probed, SourceAccessOptions, MintAccessOptions {
  readonly url?: string | undefined
  readonly sidecar: readonly string[]
  readonly allowPlaintext?: true | undefined
}

/** Runs one probe. @throws `CliError` where an option is missing or wrong */
export async function probeOnce(
  shell: Shell,
  options: ProbeOptions,
  withinMs: number,
): Promise<ProbeRun> {
  const { audience, claim, value } = options
  const { signal } = shell
  const access = await sourceAccess(shell, options)
  const minting = await mintAccess(shell, options)
  const world = sourceWorld({
    audience,
    claim,
    value,
    access,
    minting: { ...minting, idp: requireIdp(minting) },
    subject: `freshet-probe-${clock.nowMs().toString(36)}`,
    targets: await targetsOf(shell, options),
    console: consoleClient(await consoleAccess(shell)),
    signal,
  })
  return runProbe(world, { clock, withinMs, everyMs: EVERY_MS, signal })
}

/** The places that see the token: the URL, the named sidecars, those of the dev stack, or that of the environment. */
async function targetsOf(shell: Shell, options: ProbeOptions): Promise<readonly ProbeTarget[]> {
  const { url, sidecar: named } = options
  if (url !== undefined && !URL.canParse(url)) throw new CliError('usage', '--url is no URL.')
  if (url !== undefined) return [urlTarget(url)]
  const isInStack = named.length === 0 && (await findStack(shell)) !== undefined
  const names = isInStack ? ['sidecar', 'sidecar:2'] : named.length === 0 ? ['sidecar'] : named
  const allows = options.allowPlaintext === true
  const urls = await Promise.all(names.map((name) => sidecarUrl(shell, name, allows)))
  return urls.map((each, at) =>
    sidecarTarget(isInStack ? (names[at] ?? each) : each, each, options),
  )
}

const RECORDED_WITHIN_MS = 10_000

/** The object of a probe, with its source, and the client that requests the token. */
interface SourceProbe extends Probed {
  readonly access: SourceAccess
  readonly minting: Pick<TokenRequest, 'authority' | 'issuer' | 'client' | 'idp'>
  /** A subject that does not exist: a probe removes a value that no person had. */
  readonly subject: string
  readonly targets: readonly ProbeTarget[]
  readonly console: Pick<ConsoleClient, 'change'>
  readonly signal: AbortSignal
}

/**
 * An installation as a probe sees it. The subject is the probe’s own, so that leaving everything as it was means
 * taking the grant back, where the probe itself did not come so far.
 */
function sourceWorld(probe: SourceProbe): ProbeWorld {
  const { access, minting, subject, claim, value, audience, signal, console, targets } = probe
  const { key, tenant, iss } = access
  const { source } = key
  let isGranted = false
  const emit = async (op: Op): Promise<string> => {
    const id = `probe-${randomUUID()}`
    const of = { source, tenant, iss, sequence: undefined }
    const change = { ...of, id, op, subject, claim, values: [value] }
    return (await emitChange(change, access)).id
  }
  const recorded = (id: string) =>
    awaitChange(
      { id, source, tenant, state: 'recorded', timeoutMs: RECORDED_WITHIN_MS },
      console,
      signal,
    )
  return {
    targets: targets.map(({ name }) => name),
    async grant() {
      // A request without an answer might have been accepted all the same.
      isGranted = true
      const { outcome } = await recorded(await emit('add'))
      if (outcome !== 'applied') throw new CliError('error', `the grant was ${outcome}`)
    },
    async mint() {
      return (await mintToken({ ...minting, subject, audience })).access_token
    },
    async ask(name, token) {
      const target = targets.find((each) => each.name === name)
      if (!target) throw new CliError('notFound', `No edge or URL has the name ${name}.`)
      return target.ask(token)
    },
    async remove() {
      const id = await emit('remove')
      isGranted = false
      return id
    },
    async progress(id) {
      const items = (await console.change(id))?.items ?? []
      const change = items.find((each) => each.source === source && each.tenant === tenant)
      return change && progressOf(change)
    },
    async restore() {
      if (isGranted) await emit('remove')
    },
  }
}

const ANSWER_WITHIN_MS = 5_000

/** A place that a token is shown to. */
interface ProbeTarget {
  readonly name: string
  ask(token: string): Promise<ProbeAnswer>
}

/** The object of a probe: a value of a claim, in tokens for an audience. */
interface Probed {
  readonly audience: string
  readonly claim: string
  readonly value: string
}

/** An edge of the stack: the claim itself must be stale, since an edge that knows nothing refuses too. */
function sidecarTarget(name: string, url: string, probed: Probed): ProbeTarget {
  const { audience, claim, value } = probed
  return {
    name,
    async ask(token) {
      const require = { [claim]: [value] }
      const { decision, claims, code } = await askSidecar(url, { token, audience, require })
      const verdict = claims[claim]?.verdict
      const summary = [decision, verdict ?? code].filter(Boolean).join(', ')
      if (decision === 'allow') return { answer: 'allowed', summary }
      return { answer: verdict === 'stale' ? 'refused' : 'unclear', summary }
    },
  }
}

/** A protected route, as its users see it: 2xx lets in, 401 and 403 refuse. */
function urlTarget(url: string): ProbeTarget {
  return {
    name: new URL(url).host,
    async ask(token) {
      const { ok, status } = await fetch(url, {
        headers: { authorization: `Bearer ${token}` },
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      const summary = String(status)
      if (ok) return { answer: 'allowed', summary }
      return { answer: status === 401 || status === 403 ? 'refused' : 'unclear', summary }
    },
  }
}
