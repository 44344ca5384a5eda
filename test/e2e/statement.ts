import { askSourceStatus, readSourceKey } from '@freshet/source'
import type { QuarantinedJson } from '@freshet/insight/answers'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import type { CliFolder } from './cli.ts'
import { sourceOf, type TestChange, type TestSource } from './source.ts'

const WITHIN_MS = 20_000

/** A snapshot that a source has begun. All of its events have the version of its begin. */
export interface Statement {
  send(...changes: readonly TestChange[]): Promise<void>
  /** Sends the end, and waits until no partition has the snapshot open. Returns the id of the end. */
  end(): Promise<string>
}

/** Begins a snapshot of a source; with `accounts` it states each account, too. */
export async function beginStatement(
  stack: Stack,
  source: 'hr' | 'iga',
  ...states: readonly 'accounts'[]
): Promise<Statement> {
  const from = sourceOf(stack, source)
  const sourceVersion = String(Date.now())
  const begin = await from.send({
    op: 'snapshot-begin',
    sourceVersion,
    ...(states.length > 0 && { states }),
  })
  return {
    async send(...changes) {
      for (const change of changes) await sendSoon(from, { ...change, sourceVersion })
    },
    async end() {
      const end = await from.send({ op: 'snapshot-end', sourceVersion })
      await untilClosed(stack, source, begin)
      return end
    },
  }
}

/** Sends a change. The gateway can notice a new policy version shortly after the partitions. */
async function sendSoon(from: TestSource, change: TestChange): Promise<void> {
  await until('the gateway goes by the active version', WITHIN_MS, () => from.send(change))
}

/** Sends a whole snapshot of a source. */
export async function state(
  stack: Stack,
  source: 'hr' | 'iga',
  changes: readonly TestChange[],
): Promise<void> {
  const isOfAccount = ({ op }: TestChange): boolean => /^(?:enabled|disabled|deleted)$/.test(op)
  const states = changes.some(isOfAccount) ? (['accounts'] as const) : []
  const statement = await beginStatement(stack, source, ...states)
  await statement.send(...changes)
  await statement.end()
}

async function untilClosed(stack: Stack, source: string, begin: string): Promise<void> {
  const key = await readSourceKey(source, stack.workspace.sources[source]?.keyFile ?? '')
  await until(`no partition has the snapshot of ${source} open`, WITHIN_MS, async () => {
    const { statement } = await askSourceStatus(key, stack.at.gateway, DEV_TENANT)
    if (statement?.begin !== begin) return undefined
    const isClosed = statement.partitions.every(({ state: now }) => /ended|void|held/.test(now))
    return isClosed || undefined
  })
}

/** Returns the code with which an event of a source was quarantined; undefined while it is not. */
export async function quarantinedAs(cli: CliFolder, change: string): Promise<string | undefined> {
  const { out } = await cli.freshet('quarantine', 'ls', '-o', 'json')
  const { items } = JSON.parse(out) as { items: readonly QuarantinedJson[] }
  return items.find((item) => item.change === change)?.reason
}
