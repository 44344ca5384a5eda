import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseDocument } from 'yaml'
import type { EditRegistry } from '../../packages/cli/src/stack/dev-registry.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import type { CliFolder } from './cli.ts'

/** The policy versions of a stack, from the first one on. */
export interface PolicyVersions {
  /** Returns the file of the newest version. */
  file(): string
  /**
   * Publishes a version with a test's changes and activates it. Its minimum makes every older token stale.
   * Returns when every partition goes by it.
   */
  next(edit: EditRegistry): Promise<void>
  /** Publishes a version without a minimum and orders its activation. No partition needs to go by it yet. */
  order(edit: EditRegistry): Promise<void>
}

/** Returns the versions of a stack that a test activates by the CLI. */
export function policyVersions({ workspace }: Stack, cli: CliFolder): PolicyVersions {
  let newest = { version: 1, file: workspace.registry }
  const done = async (...args: readonly string[]): Promise<void> => {
    const { code, err } = await cli.freshet('registry', ...args)
    if (code !== 0) throw new Error(`freshet registry ${args[0]} ended with ${code}: ${err}`)
  }
  /** Returns the name of the published version. */
  const publish = async (edit: EditRegistry): Promise<string> => {
    const version = newest.version + 1
    const document = parseDocument(await readFile(newest.file, 'utf8'))
    document.set('version', version)
    edit(document)
    const file = join(dirname(workspace.registry), `registry-${version}.yaml`)
    await writeFile(file, document.toString())
    await done('publish', file)
    newest = { version, file }
    return String(version)
  }
  return {
    file: () => newest.file,
    async next(edit) {
      const name = await publish(edit)
      await done('activate', name, '--minimum', name, '--reason', 'a test', '--wait')
    },
    async order(edit) {
      await done('activate', await publish(edit), '--reason', 'a test')
    },
  }
}
