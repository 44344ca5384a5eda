import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FreshetError, type Registry } from '@freshet/domain'
import { keySetsOf, lintRegistryFile, versionFindings } from '@freshet/events'
import { inOrder, type LocatedFinding } from './located-finding.ts'
import { FILE_BYTES_MAX, readRegistryText } from './registry-text.ts'
import { systemClock } from '../system-clock.ts'

/** Bytes that a key file may have. */
const KEY_SET_BYTES_MAX = 256 * 1024

/** A registry file that was read and linted. */
export interface LintedRegistryFile {
  /** In the order of the text. */
  readonly findings: readonly LocatedFinding[]
  /** `undefined` where the file cannot be read as one. */
  readonly registry: Registry | undefined
  /** The registry as it was written, for its document. */
  readonly value: unknown
  /** The key sets that were read, by their path in the file. */
  readonly keySets: ReadonlyMap<string, unknown>
}

/** What is read beside the file. */
export interface LintOptions {
  /** Whether the key files that it names are read too, relative to it. */
  readonly keys: boolean
  /** Today; default by the clock of the process. */
  readonly nowMs?: number
}

/**
 * Finds all that is wrong with a registry file: as text, in its form, in what it says, and in the
 * key files that it names.
 *
 * @throws `registry.invalid` where the file cannot be read at all
 */
export async function lintRegistryAt(
  path: string,
  { keys, nowMs = systemClock.nowMs() }: LintOptions,
): Promise<LintedRegistryFile> {
  const bytes = await readBounded(path, FILE_BYTES_MAX).catch((cause: unknown) => {
    throw new FreshetError('registry.invalid', `${path}: cannot be read`, { cause })
  })
  const { findings: inText, value, locate } = readRegistryText(bytes)
  if (value === undefined)
    return { findings: inText, registry: undefined, value, keySets: new Map() }
  const linted = lintRegistryFile(value, nowMs)
  const { registry } = linted
  if (registry === undefined || !keys) {
    const findings = inOrder([...inText, ...linted.findings.map(locate)])
    return { findings, registry, value, keySets: new Map() }
  }
  const keySets = await readKeySets(registry, dirname(path))
  const found = [...linted.findings, ...versionFindings(value, registry, keySets)]
  return { findings: inOrder([...inText, ...found.map(locate)]), registry, value, keySets }
}

async function readKeySets(registry: Registry, dir: string): Promise<ReadonlyMap<string, unknown>> {
  const keySets = new Map<string, unknown>()
  for (const name of keySetsOf(registry)) {
    const bytes = await readBounded(resolve(dir, name), KEY_SET_BYTES_MAX).catch(() => undefined)
    if (bytes !== undefined) keySets.set(name, jsonOf(bytes))
  }
  return keySets
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** One byte more than the limit is enough to tell. */
async function readBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  await using file = await open(path)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of file.createReadStream({ end: bytesMax })) {
    chunks.push(chunk as Uint8Array)
    size += (chunk as Uint8Array).length
  }
  return Buffer.concat(chunks, size)
}
