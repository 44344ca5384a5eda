import { keyPath, upstreamPath } from '@freshet/connectors'
import { FreshetError } from '@freshet/protocol'
import { requirePrivateFile, type Logger } from '@freshet/runtime'
import { readSourceKey } from '@freshet/source'
import type { Connection } from './run-connections.ts'

/**
 * Checks the folder of secrets. A secret of an upstream system can be absent, because not every kind has one.
 *
 * @throws `config.invalid` if a key is missing or is no key, and if a file is open to every user of the machine
 */
export async function requirePrivateSecrets(
  folder: string,
  connections: readonly Connection[],
  logger: Logger,
): Promise<void> {
  const name = 'FRESHET_CONNECT_SECRETS'
  for (const source of new Set(connections.map((each) => each.source.id))) {
    const path = keyPath(folder, source)
    await requirePrivateFile({ path, name, logger })
    await readSourceKey(source, path).catch((cause: unknown) => {
      const message = `${name}: ${path} is no private JWK of source ${source}.`
      throw new FreshetError('config.invalid', message, { cause })
    })
  }
  for (const { source, connection } of connections)
    await requirePrivateFile({
      path: upstreamPath(folder, source.id, connection.tenant),
      name,
      logger,
    })
}
