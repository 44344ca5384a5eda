import { resolve } from 'node:path'
import { CliError } from '../../cli-error.ts'
import { findStack, requireProtected, requireStack } from '../../context.ts'
import { readSecretFile } from '../../secret-of.ts'
import type { Shell } from '../../shell.ts'
import type { DevFile } from '../../stack/dev-file.ts'
import type { TokenRequest } from '../../stack/token-client.ts'

/** The authority, the client and, if its key is at hand, the identity provider of a token request. */
export interface MintAccess extends Pick<TokenRequest, 'authority' | 'issuer' | 'client'> {
  readonly idp: TokenRequest['idp'] | undefined
}

/** The options of the command line; only the dev stack has a default for everything. */
export interface MintAccessOptions {
  readonly client?: string | undefined
  readonly issuer?: string | undefined
  readonly clientSecretFile?: string | undefined
  readonly iss?: string | undefined
  readonly idpKeyFile?: string | undefined
}

/**
 * The authority and the client of a command: those of the dev stack unless the options name another authority or secret.
 *
 * @throws `CliError` naming every missing option
 */
export async function mintAccess(shell: Shell, options: MintAccessOptions): Promise<MintAccess> {
  const isNamed = options.issuer !== undefined || options.clientSecretFile !== undefined
  const dev = isNamed ? undefined : (await findStack(shell))?.dev
  if (dev) return accessInStack(dev, options.client)
  const { FRESHET_ISSUER: named } = shell.env
  if (!isNamed && !named)
    await requireStack(shell, '--issuer, --client, --client-secret-file, --iss, --idp-key-file')
  return accessElsewhere(shell, { ...options, issuer: options.issuer ?? named })
}

function accessInStack({ authority, idp, clients }: DevFile, wantedId?: string): MintAccess {
  const id = wantedId ?? Object.keys(clients)[0] ?? ''
  const client = clients[id]
  if (!client) throw new CliError('notFound', `The stack has no client ${id}.`)
  return { authority: authority.url, issuer: authority.issuer, idp, client }
}

async function accessElsewhere(
  shell: Shell,
  { issuer, client: id, clientSecretFile, iss, idpKeyFile }: MintAccessOptions,
): Promise<MintAccess> {
  const given = { '--issuer': issuer, '--client': id, '--client-secret-file': clientSecretFile }
  const missing = Object.entries(given).flatMap(([name, value]) => (value ? [] : [name]))
  if (!issuer || !id || !clientSecretFile) {
    const what = `Outside of a dev stack, a token request needs ${missing.join(', ')}.`
    throw new CliError('usage', what, {
      why: '--issuer can also be FRESHET_ISSUER; the others have no default',
    })
  }
  requireProtected('a client secret', '--issuer or FRESHET_ISSUER', issuer)
  const file = resolve(shell.cwd, clientSecretFile)
  const secret = await readSecretFile(file, '--client-secret-file')
  const idp =
    iss && idpKeyFile ? { issuer: iss, keyFile: resolve(shell.cwd, idpKeyFile) } : undefined
  return { authority: issuer, issuer, idp, client: { id, secret } }
}

/** The identity provider that signs a subject token here. @throws `CliError` naming the missing options */
export function requireIdp({ idp }: MintAccess): TokenRequest['idp'] {
  if (idp !== undefined) return idp
  throw new CliError('usage', 'A token for a subject needs --iss and --idp-key-file.', {
    why: 'the authority exchanges a token that the identity provider has signed',
    next: 'freshet token mint --subject-token -, with a token of your identity provider',
  })
}
