import { cp } from 'node:fs/promises'
import { join } from 'node:path'

/** Files of the clone that the command line reads, also where it is installed as a package. */
const ASSETS = ['infra/topics.yaml', 'infra/registry', 'infra/slo/slos.yaml']

/** Copies these files into the build of the command line. Resolves to the exit code. */
export async function copyAssets(root) {
  const target = join(root, 'packages/cli/dist/assets')
  try {
    for (const path of ASSETS) await cp(join(root, path), join(target, path), { recursive: true })
    return 0
  } catch (error) {
    console.log(error)
    return 1
  }
}
