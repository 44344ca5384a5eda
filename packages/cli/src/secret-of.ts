import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError } from './cli-error.ts'
import type { Shell } from './shell.ts'

/** The secret that a variable holds, or the file that `NAME_FILE` names; undefined if neither is set. */
export async function secretOf(
  { env, cwd }: Pick<Shell, 'env' | 'cwd'>,
  name: string,
): Promise<string | undefined> {
  const [direct, file] = [env[name], env[`${name}_FILE`]].map((text) => text || undefined)
  if (file === undefined) return direct
  if (direct !== undefined)
    throw new CliError('usage', `${name} and ${name}_FILE are both set.`, { next: 'unset one' })
  return readSecretFile(resolve(cwd, file), `${name}_FILE`)
}

/** Reads a file with a secret, without the line end. @throws `CliError` not found, naming the option */
export async function readSecretFile(path: string, named: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('notFound', `${path} cannot be read.`, { why: `${named} names it`, cause })
  })
  return text.trim()
}
