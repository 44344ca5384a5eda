import { execFile } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import { promisify } from 'node:util'
import { ROOT } from './root.ts'

/** The machine of the measurement. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryMiB: number
  readonly os: string
  readonly node: string
  /** Absent if no measurement needed it. */
  readonly kafka?: string
  readonly postgres?: string
  /** The load of one minute before the run, which shows other users of the machine. */
  readonly loadAverage: number
}

/** Describes this machine. Call it before the first measurement. */
export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryMiB: Math.round(totalmem() / 1_048_576),
    os: `${process.platform} ${process.arch}`,
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
  }
}

/** Returns the measured commit, with `+` if files differ from it; `unknown` outside of git. */
export async function describeCommit(): Promise<string> {
  try {
    const git = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)('git', args, { cwd: ROOT })).stdout.trim()
    const [commit, changes] = await Promise.all([
      git('rev-parse', 'HEAD'),
      git('status', '--porcelain', '--untracked-files=no'),
    ])
    return changes === '' ? commit : `${commit}+`
  } catch {
    return 'unknown'
  }
}
