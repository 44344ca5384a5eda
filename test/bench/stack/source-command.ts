import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import { ROOT } from '../run/root.ts'
import type { BenchContext } from '../scenario.ts'
import type { BenchStack } from './bench-stack.ts'

const COMMAND = join(ROOT, 'packages', 'cli', 'bin', 'freshet.js')

/** The members of the command's report that are read here. */
export interface SourceReport {
  readonly lines: number
  readonly state?: string
  readonly compared?: number
  readonly missed?: { readonly removals: number; readonly grants: number }
}

/** Runs `freshet source load` or `resync` of HR, as a process of its own. @throws if it fails */
export async function runSourceCommand(
  context: BenchContext,
  { workspace, at }: BenchStack,
  verb: 'load' | 'resync',
  path: string,
): Promise<SourceReport> {
  const stop = new AbortController()
  context.defer(() => stop.abort())
  const as = ['--source', 'hr', '--tenant', DEV_TENANT, '--iss', DEV_IDP, '-o', 'json']
  const access = ['--gateway', at.gateway, '--key', workspace.sources['hr']?.keyFile ?? '']
  const args = [COMMAND, 'source', verb, path, ...as, ...access]
  const signal = AbortSignal.any([stop.signal, context.signal])
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal })
  return JSON.parse(stdout) as SourceReport
}
