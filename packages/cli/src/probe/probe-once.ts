import { runProbe, type ProbeRun } from '@freshet/insight'
import { systemClock as clock } from '@freshet/runtime'
import { CliError } from '../cli-error.ts'
import { sourceAccess, type SourceAccessOptions } from '../commands/sources/source-access.ts'
import { mintAccess, requireIdp, type MintAccessOptions } from '../commands/tokens/mint-access.ts'
import { sidecarUrl } from '../commands/tokens/sidecar-url.ts'
import { consoleAccess, findStack } from '../context.ts'
import { consoleClient } from '../http/console-client.ts'
import type { Shell } from '../shell.ts'
import { sidecarDoor, urlDoor, type ProbeDoor, type Probed } from './probe-doors.ts'
import { sourceWorld } from './source-world.ts'

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
    doors: await doorsOf(shell, options),
    console: consoleClient(await consoleAccess(shell)),
    signal,
  })
  return runProbe(world, { clock, withinMs, everyMs: EVERY_MS, signal })
}

/** The places that see the token: the URL, the named sidecars, those of the dev stack, or that of the environment. */
async function doorsOf(shell: Shell, options: ProbeOptions): Promise<readonly ProbeDoor[]> {
  const { url, sidecar: named } = options
  if (url !== undefined && !URL.canParse(url)) throw new CliError('usage', '--url is no URL.')
  if (url !== undefined) return [urlDoor(url)]
  const isInStack = named.length === 0 && (await findStack(shell)) !== undefined
  const names = isInStack ? ['sidecar', 'sidecar:2'] : named.length === 0 ? ['sidecar'] : named
  const allows = options.allowPlaintext === true
  const urls = await Promise.all(names.map((name) => sidecarUrl(shell, name, allows)))
  return urls.map((each, at) => sidecarDoor(isInStack ? (names[at] ?? each) : each, each, options))
}
