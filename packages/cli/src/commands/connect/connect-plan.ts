import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { connectorOf } from '@freshet/connectors'
import type { ConnectionKind, SourceConnection } from '@freshet/protocol'
import { systemClock } from '@freshet/runtime'
import { stringify } from 'yaml'
import { CliError } from '../../cli-error.ts'
import { planUpstream, type PlannedUpstream } from '../../connect/plan-upstream.ts'
import type { Shell } from '../../shell.ts'

/** The options of the command line. */
export interface ConnectPlanOptions {
  readonly at: string
  readonly source?: string | undefined
  readonly tenant: string
  readonly iss?: string | undefined
  readonly secretFile?: string | undefined
  readonly option: readonly string[]
}

const SETTLE_MS = 3_000
const INTERVAL_MS = 1_000
const COMPARE_MS = 600_000

/** Runs `freshet connect plan`. @throws `CliError`, `connect.unavailable`, `connect.refused` */
export async function runConnectPlan(
  shell: Shell,
  kind: ConnectionKind,
  { at, source = kind, tenant, iss = at, secretFile, option }: ConnectPlanOptions,
): Promise<PlannedUpstream & { readonly yaml: string }> {
  const connection: SourceConnection = {
    kind,
    at: kind === 'file' ? resolve(shell.cwd, at) : at,
    tenant,
    settleMs: SETTLE_MS,
    intervalMs: INTERVAL_MS,
    compareMs: COMPARE_MS,
    subject: { iss, sub: '/id' },
    account: false,
    claims: new Map(),
    options: new Map(option.map(namedOption)),
  }
  const secret = (): Promise<string> => secretOf(shell, secretFile)
  const parts = { timer: systemClock, secret }
  const connector = kind === 'scim' ? undefined : connectorOf(connection, parts)
  const planned = await planUpstream(source, connection, connector, shell.signal)
  return { ...planned, yaml: stringify(planned.plan) }
}

function namedOption(text: string): readonly [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new CliError('usage', '--option needs a name and a value, like client=freshet.')
}

async function secretOf(shell: Shell, file: string | undefined): Promise<string> {
  if (file === undefined)
    throw new CliError('usage', 'The upstream system asks for a secret.', {
      why: '--secret-file names the file',
    })
  const text =
    file === '-' ? await shell.readInput() : await readFile(resolve(shell.cwd, file), 'utf8')
  return text.replace(/\r?\n$/, '')
}
