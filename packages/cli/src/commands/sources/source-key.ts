import { readSourceKey, type SourceKey } from '@freshet/source'
import { CliError } from '../../cli-error.ts'
import type { DevFile } from '../../stack/dev-file.ts'

/** The key of a source of the dev stack. @throws `CliError` not found, naming those there are */
export async function sourceKeyOf({ sources }: DevFile, source: string): Promise<SourceKey> {
  const known = sources[source]
  if (known) return readSourceKey(source, known.keyFile)
  throw new CliError('notFound', `The stack has no source ${source}.`, {
    why: `it has ${Object.keys(sources).join(', ')}`,
  })
}
