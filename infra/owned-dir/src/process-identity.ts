import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * The start time of a process, as the system writes it; `undefined` if there is none with that id. The system
 * uses ids again, so only the pair (id, start) identifies a process.
 */
export function startOf(pid: number): string | undefined {
  return existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid, 'lstart=')
}

/** True while a process of that id runs, ours or not. One that ended unreaped does not. */
export function isAlive(pid: number): boolean {
  return startOf(pid) !== undefined
}

/** The command line of the process, or the empty string. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return fromPs(pid, 'args=') ?? ''
  }
}

/**
 * The start time is the 22nd field; the second, the name, may itself hold blanks and brackets. A zombie has
 * ended: if the first process of a container does not reap it, it stays listed.
 */
function fromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : rest[18]
  } catch {
    return undefined
  }
}

function fromPs(pid: number, field: string): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', field, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    return text === '' ? undefined : text
  } catch {
    return undefined
  }
}
