import { cp } from 'node:fs/promises'
import { join } from 'node:path'

/** Files of the clone that a package reads, also where it is installed, and their places in its build. */
const ASSETS = [
  ['infra/topics.yaml', 'packages/cli/dist/assets/infra/topics.yaml'],
  [
    'infra/prometheus/freshet-alerts.yaml',
    'packages/cli/dist/assets/infra/prometheus/freshet-alerts.yaml',
  ],
  ['infra/registry', 'packages/cli/dist/assets/infra/registry'],
  ['infra/slo/slos.yaml', 'services/console/dist/assets/slos.yaml'],
]

/** Copies these files into the builds. Resolves to the exit code. */
export async function copyAssets(root) {
  try {
    for (const [from, to] of ASSETS) await cp(join(root, from), join(root, to), { recursive: true })
    return 0
  } catch (error) {
    console.log(error)
    return 1
  }
}
