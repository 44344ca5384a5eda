import { resolve } from 'node:path'
import { readSourceKey, type SourceKey } from '@freshet/source'
import { CliError } from '../../cli-error.ts'
import { findStack, requireStack } from '../../context.ts'
import type { Shell } from '../../shell.ts'
import type { DevFile } from '../../stack/dev-file.ts'
import { sourceKeyOf } from './source-key.ts'

/** A source that can send changes: its key, the gateway, and the defaults of its events. */
export interface SourceAccess {
  readonly key: SourceKey
  readonly gateway: string
  /** Empty if the command does not need it. */
  readonly tenant: string
  /** The identity provider of its subjects; empty if the command does not need it. */
  readonly iss: string
  /** Path of the registry, where one is at hand. */
  readonly registry: string | undefined
}

/** The options of the command line; only the dev stack has a default for everything. */
export interface SourceAccessOptions {
  readonly source: string
  readonly gateway?: string | undefined
  readonly keyFile?: string | undefined
  readonly tenant?: string | undefined
  readonly iss?: string | undefined
  readonly registry?: string | undefined
}

/** An option that a command needs beside gateway and key. */
export type SourceNeed = 'tenant' | 'iss'

/**
 * The source of a command: that of the dev stack unless the options name a gateway or a key.
 *
 * @throws `CliError` naming every missing option
 */
export async function sourceAccess(
  shell: Shell,
  options: SourceAccessOptions,
  needs: readonly SourceNeed[] = ['tenant', 'iss'],
): Promise<SourceAccess> {
  const isNamed = options.gateway !== undefined || options.keyFile !== undefined
  const dev = isNamed ? undefined : (await findStack(shell))?.dev
  if (dev) return accessInStack(dev, options)
  const { FRESHET_GATEWAY_URL: named } = shell.env
  const elsewhere = ['gateway', 'key-file', ...needs].map((name) => `--${name}`).join(', ')
  if (!isNamed && !named) await requireStack(shell, elsewhere)
  return accessElsewhere(shell, { ...options, gateway: options.gateway ?? named }, needs)
}

async function accessInStack(dev: DevFile, options: SourceAccessOptions): Promise<SourceAccess> {
  return {
    key: await sourceKeyOf(dev, options.source),
    gateway: dev.gateway.url,
    tenant: options.tenant ?? dev.tenant,
    iss: options.iss ?? dev.idp.issuer,
    registry: options.registry ?? dev.registry,
  }
}

async function accessElsewhere(
  shell: Shell,
  options: SourceAccessOptions,
  needs: readonly SourceNeed[],
): Promise<SourceAccess> {
  const { source, gateway, keyFile, tenant = '', iss = '', registry } = options
  const given = { '--gateway': gateway, '--key-file': keyFile }
  const needed = needs.map((name) => [`--${name}`, options[name]] as const)
  const missing = [...Object.entries(given), ...needed].filter(([, value]) => !value)
  if (!gateway || !keyFile || missing.length > 0) {
    const names = missing.map(([name]) => name).join(', ')
    throw new CliError('usage', `Outside of a dev stack, a source needs ${names}.`, {
      why: '--gateway can also be FRESHET_GATEWAY_URL; the others have no default',
    })
  }
  if (!URL.canParse(gateway)) throw new CliError('usage', 'The address of the gateway is no URL.')
  const key = await readSourceKey(source, resolve(shell.cwd, keyFile)).catch((cause: unknown) => {
    throw new CliError('notFound', `${keyFile} cannot be read as a private JWK.`, {
      why: '--key-file names it',
      cause,
    })
  })
  return { key, gateway, tenant, iss, registry }
}
