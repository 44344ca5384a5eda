import { readFile } from 'node:fs/promises'
import { FreshetError } from '@freshet/protocol'
import type { KeyedClient, ValidatorClient } from '@freshet/edge'
import { parseJson } from '@freshet/wire'
import { requirePrivateFile, type Logger } from '@freshet/runtime'

const NAME = 'FRESHET_CLIENT_KEY_FILE'

/** The client that a sidecar is at the authority, as its environment names it. */
export type ConfiguredClient =
  | { readonly id: string; readonly secret: string }
  | { readonly id: string; readonly keyFile: string }

/**
 * The client with its secret, or with its private key from the file, which is read once.
 *
 * @throws `config.invalid` where the file cannot be read, holds no JSON object, or every user of the machine can open it
 */
export async function authorityClient(
  client: ConfiguredClient,
  logger: Pick<Logger, 'warn'>,
): Promise<ValidatorClient> {
  if ('secret' in client) return client
  const { id, keyFile: path } = client
  await requirePrivateFile({ path, name: NAME, logger })
  return { id, key: await readKey(path) }
}

async function readKey(path: string): Promise<KeyedClient['key']> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FreshetError('config.invalid', `${NAME} names a file that cannot be read`, { cause })
  })
  const json = jsonIn(bytes)
  if (typeof json === 'object' && json !== null) return json as KeyedClient['key']
  throw new FreshetError('config.invalid', `${NAME} names a file that holds no private JWK`)
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes)
  } catch {
    // The cause would quote what can be a key.
    return undefined
  }
}
