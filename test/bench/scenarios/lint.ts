import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkPolicies } from '@freshet/cedar'
import type { Finding } from '@freshet/registry/lint'
import { lintRegistryAt } from '@freshet/runtime'
import { ROOT } from '../run/root.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { writeManyClaims } from '../stack/many-claims.ts'

const CLAIMS = 5_000
/** The code for a version that is too large to be published: the linted file has so many claims. */
const TOO_LARGE = 'file.too-large'
const COMMAND = join(ROOT, 'packages', 'cli', 'bin', 'freshet.js')

/** Measures linting a large registry. */
export const linting: Scenario = {
  metrics: [
    {
      id: 'lint.5000',
      unit: 'ms',
      about:
        'lint of a registry file of 5,000 claim types and 500 audiences, with the key files that it names',
      target: { atMost: 1_000 },
    },
    {
      id: 'lint.5000.command',
      unit: 'ms',
      about: 'the same by `freshet registry lint`, from the start of its process to the end',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const path = await writeManyClaims(await context.tempDir(), CLAIMS)
  const lint = async (): Promise<void> => {
    const { findings } = await lintRegistryAt(path, { keys: true, policies: checkPolicies })
    const first = findings.find(isUnexpected)
    if (first !== undefined) throw new Error(`${first.place}: ${first.message}`)
  }
  const command = async (): Promise<void> => {
    const args = [COMMAND, 'registry', 'lint', path]
    const linted = promisify(execFile)(process.execPath, args, { signal: context.signal })
    await linted.catch(unlessFound)
  }
  return repeat(context, async () => ({
    'lint.5000': await took(lint),
    'lint.5000.command': await took(command),
  }))
}

function isUnexpected({ code, severity }: Finding): boolean {
  return severity !== 'note' && code !== TOO_LARGE
}

/** Linting ends with 1 if there is a finding. */
function unlessFound(error: { readonly code?: unknown }): void {
  if (error.code !== 1) throw error
}

async function took(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}
