import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { sourceAssertion } from '@freshet/source'
import { CliError } from '../../cli-error.ts'
import type { Shell } from '../../shell.ts'
import { sourceAccess, type SourceAccessOptions } from './source-access.ts'

/** The options of a token on the command line. */
export interface SourceTokenOptions extends Pick<
  SourceAccessOptions,
  'source' | 'gateway' | 'keyFile'
> {
  /** File of the body that the token is bound to; absent: the token is bound to no request. */
  readonly body?: string | undefined
  readonly method: string
  readonly path: string
}

/** Runs `freshet source token`. @throws `CliError` where gateway, source or file are not there */
export async function sourceToken(shell: Shell, options: SourceTokenOptions): Promise<string> {
  const { key, gateway } = await sourceAccess(shell, options, [])
  if (options.body === undefined) return sourceAssertion(key, gateway)
  const body = await bodyOf(shell, options.body)
  const url = new URL(options.path, gateway).href
  return sourceAssertion(key, gateway, { method: options.method.toUpperCase(), url, body })
}

async function bodyOf(shell: Shell, file: string): Promise<Uint8Array> {
  if (file === '-') return Buffer.from(await shell.readInput())
  return readFile(resolve(shell.cwd, file)).catch((cause: unknown) => {
    throw new CliError('notFound', `The file ${file} cannot be read.`, { cause })
  })
}
