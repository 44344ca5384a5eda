import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Returns the version of the repository's package.json, and the commit that is built. `FRESHET_COMMIT` names the
 * commit where sources are built without their repository, as in an image.
 */
export async function buildInfo(root, env = process.env) {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  return { version, commit: env.FRESHET_COMMIT || (await commitOf(root)) }
}

async function commitOf(root) {
  const git = async (...args) => (await run('git', ['-C', root, ...args])).stdout.trim()
  try {
    const [commit, changes] = await Promise.all([
      git('rev-parse', '--short=12', 'HEAD'),
      git('status', '--porcelain', '--untracked-files=no'),
    ])
    return changes === '' ? commit : `${commit}-dirty`
  } catch {
    return 'unknown'
  }
}
