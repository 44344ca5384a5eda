import { CliError } from '../../cli-error.ts'
import { requireStack } from '../../context.ts'
import type { Shell } from '../../shell.ts'
import { readSourceKey, type SourceKey } from '../../stack/source-client.ts'
import { sourceKeyOf } from './source-key.ts'

/** A source that can send changes: its key, the gateway, and the defaults of its events. */
export interface SourceAccess {
  readonly key: SourceKey
  readonly gateway: string
  readonly tenant: string
  readonly iss: string
  /** Path of the registry, where one is at hand. */
  readonly registry: string | undefined
}

/** The options of the command line; only the dev stack has a default for everything. */
export interface SourceAccessOptions {
  readonly source: string
  readonly gateway?: string | undefined
  readonly key?: string | undefined
  readonly tenant?: string | undefined
  readonly iss?: string | undefined
  readonly registry?: string | undefined
}

/** @throws `CliError` where neither the options nor a running stack say enough */
export async function sourceAccess(
  shell: Shell,
  options: SourceAccessOptions,
): Promise<SourceAccess> {
  const { source, gateway, key, tenant, iss, registry } = options
  if (gateway === undefined && key === undefined) {
    const dev = await requireStack(shell)
    return {
      key: await sourceKeyOf(dev, source),
      gateway: dev.gateway.url,
      tenant: tenant ?? dev.tenant,
      iss: iss ?? dev.idp.issuer,
      registry: registry ?? dev.registry,
    }
  }
  if (!gateway || !key || !tenant || !iss || !URL.canParse(gateway)) {
    const needed = '--gateway URL, --key FILE, --tenant and --iss'
    throw new CliError('usage', `Without a dev stack, a source needs ${needed}.`)
  }
  return { key: await readSourceKey(source, key), gateway, tenant, iss, registry }
}
