import type { AuditReport } from '@freshet/audit'
import type { AuditFigures, KeyFigures, Measurements } from '@freshet/insight'
import { auditKeys, verifyOnStores } from '../audit/verify-on-stores.ts'
import { findStack } from '../context.ts'
import { KEY_KINDS } from '../keys/key-words.ts'
import { listKeys, type ListedKey } from '../keys/list-keys.ts'
import { errorText } from '../output/error-text.ts'
import type { Shell } from '../shell.ts'

/** The options for keys and files on this machine. */
export interface HereOptions {
  /** Files of public audit keys; without one: those of the dev stack. */
  readonly auditKeys: readonly string[]
  /** A folder or file of private keys; default: those of the dev stack. */
  readonly privateKeys?: string | undefined
}

/**
 * Measures the controls that the console cannot measure: the audit's chain by keys that it does not have, and
 * the modes of private key files. A measurement that is not possible here is left out, with a line on stderr.
 */
export async function measureHere(
  shell: Shell,
  options: HereOptions,
  nowMs: number,
): Promise<Measurements> {
  const settled = async <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: unknown) => {
      shell.err(errorText(error))
      return undefined
    })
  const [audit, keys] = [await settled(auditFigures(shell, options)), await settled(keyFigures())]
  return { atMs: nowMs, ...(audit && { audit }), ...(keys && { keys }) }

  async function keyFigures(): Promise<KeyFigures> {
    const paths = await pathsOf(shell, options)
    return figuresOfKeys((await Promise.all(paths.map((path) => listKeys(path, nowMs)))).flat())
  }
}

async function auditFigures(shell: Shell, options: HereOptions): Promise<AuditFigures> {
  const keys = await auditKeys(shell, options.auditKeys)
  return figuresOfAudit(await verifyOnStores(shell, keys))
}

/** Only what is under a head that a given key has signed counts as proven. */
export function figuresOfAudit({ streams }: AuditReport): AuditFigures {
  const proven = streams.map(({ from, head }) => Math.max(0, Number((head?.n ?? 0n) - from) + 1))
  return {
    entries: proven.reduce((sum, count) => sum + count, 0),
    broken: streams.filter(({ finding }) => finding !== null).map(({ stream }) => stream),
    unproven: streams.filter(({ isLate }) => isLate).map(({ stream }) => stream),
  }
}

/** The figures of the private halves alone. */
export function figuresOfKeys(listed: readonly ListedKey[]): KeyFigures {
  const own = listed.filter(({ half }) => half === 'private')
  return {
    privateKeys: own.length,
    exposed: own.filter(({ exposed }) => exposed).map(({ kid, file }) => `${kid} in ${file}`),
  }
}

async function pathsOf(shell: Shell, options: HereOptions): Promise<readonly string[]> {
  if (options.privateKeys !== undefined) return [options.privateKeys]
  const stack = await findStack(shell)
  return stack ? KEY_KINDS.map((kind) => stack.dev.keys[kind]) : []
}
