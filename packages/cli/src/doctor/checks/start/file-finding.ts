import { readFile } from 'node:fs/promises'
import { FreshetError } from '@freshet/protocol'
import { requirePrivateFile } from '@freshet/runtime'
import type { CheckFinding } from '../../check.ts'
import type { DoctorTarget } from '../../target.ts'

/** Variables that hold a path. Each has one file, which a service reads when it starts. */
const NAMES_FILE = /^(?:FRESHET|KAFKA|DATABASE)_\w+_FILE$|^FRESHET_(?:REGISTRY|SLOS)$/
/** Files of private keys, which services refuse if every user of the machine can open them. */
const PRIVATE = /^FRESHET_\w+_KEYS?_FILE$/

/** Returns whether every file that the environment names is there, has content, and is private if it must be. */
export async function fileFinding(env: DoctorTarget['env']): Promise<CheckFinding> {
  const named = Object.entries(env).filter(([name, path]) => NAMES_FILE.test(name) && path)
  const faults = await Promise.all(named.map(([name, path = '']) => faultOf(name, path)))
  const found = faults.filter((fault) => fault !== undefined)
  if (found.length === 0) return { outcome: 'ok', detail: `${named.length} files` }
  return {
    outcome: 'failed',
    detail: found.join('; '),
    means: 'the service does not start, or it cannot authenticate',
    fix: 'write the file or correct the variable; a mounted secret needs the key that the path names',
  }
}

async function faultOf(name: string, path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.trim() === '') return `${name} names an empty file`
    if (PRIVATE.test(name)) await requirePrivateFile({ path, name, logger: { warn: ignore } })
    return undefined
  } catch (error) {
    if (error instanceof FreshetError) return error.message
    return `${name} names a file that cannot be read (${codeOf(error)})`
  }
}

function codeOf(error: unknown): string {
  const code: unknown = Object(error)['code']
  return typeof code === 'string' ? code : 'unknown'
}

const ignore = (): void => undefined
