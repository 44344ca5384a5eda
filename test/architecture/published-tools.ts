import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** Returns what publint reports of a tarball: the files behind the entries, and the fields of package.json. */
export async function publintFaults(tarball: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true })
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
}

/**
 * Returns the problems of the types of a tarball, for each way in which TypeScript finds them. Two are accepted: `node10`,
 * which knows no `exports`, and a warning for CommonJS modules. They load an ES module, as every version of Node can that
 * the packages accept; `test/outside` does it.
 */
export async function typeFaults(tarball: Uint8Array): Promise<readonly string[]> {
  const result = await checkPackage(createPackageFromTarballData(tarball))
  if (!result.types) return ['there are no types']
  return result.problems.filter((problem) => !isAccepted(problem)).map(textOf)
}

function isAccepted(problem: Problem): boolean {
  const isOld = 'resolutionKind' in problem && problem.resolutionKind === 'node10'
  return isOld || problem.kind === 'CJSResolvesToESM'
}

function textOf(problem: Problem): string {
  const { kind } = problem
  return 'entrypoint' in problem ? `${kind} of ${problem.entrypoint}` : kind
}
