import { readFile } from 'node:fs/promises'
import { FreshetError, type Registry } from '@freshet/domain'
import { lintRegistry, parseRegistry } from '@freshet/events'
import { parse } from 'yaml'
import { CliError } from '../cli-error.ts'
import type { ShownFinding } from '../output/findings-text.ts'

/** What is wrong with a registry file; none is good. @throws `CliError` where it cannot be read */
export async function lintFile(file: string): Promise<readonly ShownFinding[]> {
  try {
    return lintRegistry(await readRegistryFile(file))
  } catch (error) {
    if (!(error instanceof FreshetError && error.code === 'registry.invalid')) throw error
    return error.message.split('\n').map((line) => malformed(line, file))
  }
}

/** Reads a registry file, sound or not. @throws `CliError` where it cannot be read, `registry.invalid` */
export async function readRegistryFile(file: string): Promise<Registry> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliError('notFound', `${file} cannot be read.`, { cause })
  })
  return parseRegistry(parseYaml(text), file)
}

function parseYaml(text: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    const [problem = ''] = (cause instanceof Error ? cause.message : '').split('\n')
    throw new FreshetError('registry.invalid', `is not YAML: ${problem}`, { cause })
  }
}

/** A file that is no registry yet: each line names its place after the file. */
function malformed(line: string, file: string): ShownFinding {
  const rest = line.startsWith(`${file}#`) ? line.slice(file.length + 1) : `: ${line}`
  const border = rest.indexOf(': ')
  const code = 'registry.invalid'
  return { code, place: rest.slice(0, border), message: rest.slice(border + 2) }
}
