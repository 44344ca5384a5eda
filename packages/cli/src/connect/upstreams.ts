import { dirname, resolve } from 'node:path'
import type { Connector } from '@freshet/connect'
import { connectorOf, secretsIn, type Secrets } from '@freshet/connectors'
import type { Source, SourceConnection } from '@freshet/protocol'
import { readRegistry, systemClock } from '@freshet/runtime'
import { CliError } from '../cli-error.ts'
import { findStack } from '../context.ts'
import type { Shell } from '../shell.ts'

/** The options that name the upstream systems of a source. */
export interface UpstreamOptions {
  readonly tenant?: string | undefined
  /** Path of the registry file. */
  readonly registry?: string | undefined
  /** The folder with the keys of sources and the secrets of upstream systems. */
  readonly secrets?: string | undefined
}

/** An upstream system of a source, ready to be read. */
export interface Upstream {
  readonly source: Source
  readonly connection: SourceConnection
  readonly connector: Connector
  readonly secrets: Secrets
}

/**
 * Returns the upstream systems of a source: of one tenant, or of all. Registry and secrets are those that the options
 * name, else those of the dev stack.
 *
 * @throws `CliError` if the source has none, or an option is missing; `registry.invalid`
 */
export async function upstreamsOf(
  shell: Shell,
  named: string,
  options: UpstreamOptions,
): Promise<readonly Upstream[]> {
  const { FRESHET_REGISTRY, FRESHET_CONNECT_SECRETS } = shell.env
  const dev = (await findStack(shell))?.dev
  const path = options.registry ?? FRESHET_REGISTRY ?? dev?.registry
  const keyFile = dev?.sources[named]?.keyFile
  const folder = options.secrets ?? FRESHET_CONNECT_SECRETS ?? (keyFile && dirname(keyFile))
  if (path === undefined || folder === undefined)
    throw new CliError(
      'usage',
      'Outside of a dev stack, the command needs --registry, --secrets.',
      {
        why: 'FRESHET_REGISTRY and FRESHET_CONNECT_SECRETS can name them, too',
      },
    )
  const { sources } = await readRegistry(resolve(shell.cwd, path))
  const source = sources.get(named)
  const connections = [...(source?.connections?.values() ?? [])].filter(
    ({ tenant }) => options.tenant === undefined || tenant === options.tenant,
  )
  if (source === undefined || connections.length === 0)
    throw new CliError('notFound', `The registry has no \`connect\` of source ${named}.`, {
      why: `${path} was read`,
    })
  const secrets = secretsIn(resolve(shell.cwd, folder))
  return connections.map((connection) => {
    const secret = (): Promise<string> => secrets.upstream(named, connection.tenant)
    const connector = connectorOf(connection, { timer: systemClock, secret })
    return { source, connection, connector, secrets }
  })
}
