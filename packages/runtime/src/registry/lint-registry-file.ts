import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FreshetError, type Registry } from '@freshet/protocol'
import type { Slo } from '@freshet/protocol/slo'
import {
  keySetsOf,
  lintRegistryFile,
  policyFilesOf,
  policyTextsOf,
  POLICY_BYTES_MAX,
  versionFindings,
  type PolicyCheck,
  decodeUtf8,
  inOrder,
  type LocatedFinding,
  FILE_BYTES_MAX,
  readRegistryText,
} from '@freshet/registry'
import type { Finding } from '@freshet/registry/lint'
import { systemClock } from '../system-clock.ts'

/** Bytes that a key file may have. */
const KEY_SET_BYTES_MAX = 256 * 1024

/** A registry file that was read and linted. */
export interface LintedRegistryFile {
  /** The findings in the order of the text. */
  readonly findings: readonly LocatedFinding[]
  /** `undefined` where the file cannot be read as one. */
  readonly registry: Registry | undefined
  /** The registry as it was written, for its document. */
  readonly value: unknown
  /** The content of the files that it names, by their path in it: key sets as JSON, policies as text. */
  readonly files: ReadonlyMap<string, unknown>
}

/** The inputs beside the file. */
export interface LintOptions {
  /** True if the key and policy files that it names are read too, relative to it. */
  readonly keys: boolean
  /** Today; default by the clock of the process. */
  readonly nowMs?: number
  /** The objectives that are measured for this registry. Absent: unknown. */
  readonly slos?: readonly Slo[] | undefined
  /** The check of policies, called if there are any. Default: none. */
  readonly policies?: PolicyCheck | undefined
}

/**
 * Finds all faults of a registry file: in its text, its form, its content, and the key files that it names.
 *
 * @throws `registry.invalid` where the file cannot be read at all
 */
export async function lintRegistryAt(
  path: string,
  { keys, policies, slos, nowMs = systemClock.nowMs() }: LintOptions,
): Promise<LintedRegistryFile> {
  const bytes = await readBounded(path, FILE_BYTES_MAX).catch((cause: unknown) => {
    if (cause instanceof FreshetError) throw cause
    throw new FreshetError('registry.invalid', `${path}: cannot be read`, { cause })
  })
  const { findings: inText, value, locate } = readRegistryText(bytes)
  if (value === undefined) return { findings: inText, registry: undefined, value, files: new Map() }
  const linted = lintRegistryFile(value, { nowMs, slos })
  const { registry } = linted
  if (registry === undefined || !keys) {
    const findings = inOrder([...inText, ...linted.findings.map(locate)])
    return { findings, registry, value, files: new Map() }
  }
  const files = await readFiles(registry, dirname(path))
  const found = [
    ...linted.findings,
    ...versionFindings(value, registry, files),
    ...(await checked(registry, files, policies)),
  ]
  return { findings: inOrder([...inText, ...found.map(locate)]), registry, value, files }
}

/** The check runs only if all of them exist: missing ones are reported already. */
async function checked(
  registry: Registry,
  files: ReadonlyMap<string, unknown>,
  policies: PolicyCheck | undefined,
): Promise<readonly Finding[]> {
  const wanted = policyFilesOf(registry)
  const policyTexts = policyTextsOf(registry, files)
  if (policies === undefined || wanted.length === 0 || policyTexts.size < wanted.length) return []
  return policies({ registry, policyTexts })
}

async function readFiles(registry: Registry, dir: string): Promise<ReadonlyMap<string, unknown>> {
  const files = new Map<string, unknown>()
  const read = (name: string, bytesMax: number): Promise<Uint8Array | undefined> =>
    readBounded(resolve(dir, name), bytesMax).catch(() => undefined)
  for (const name of keySetsOf(registry)) {
    const bytes = await read(name, KEY_SET_BYTES_MAX)
    if (bytes !== undefined) files.set(name, jsonOf(bytes))
  }
  for (const name of policyFilesOf(registry)) {
    const bytes = await read(name, POLICY_BYTES_MAX)
    if (bytes !== undefined && bytes.length <= POLICY_BYTES_MAX) files.set(name, decodeUtf8(bytes))
  }
  return files
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

function readBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  return readSteady(path, boundedFile(path, bytesMax))
}

/** The number of reads of a file that changes meanwhile. */
export const STEADY_READS_MAX = 3

/** A file that is open. */
interface OpenFile {
  /** Something that another writing changes. */
  mark(): Promise<string>
  read(): Promise<Uint8Array>
}

/**
 * Reads a file in a state without a write in between. Half of a registry can be a valid registry with less
 * content: it is not taken for the whole.
 *
 * @throws `registry.invalid` where it was written to each time; what reading throws
 */
export async function readSteady(path: string, file: OpenFile): Promise<Uint8Array> {
  for (let reads = 0; reads < STEADY_READS_MAX; reads += 1) {
    const before = await file.mark()
    const bytes = await file.read()
    if ((await file.mark()) === before) return bytes
  }
  const message = `${path}: was written to while it was read; write to another name, and rename it`
  throw new FreshetError('registry.invalid', message)
}

/** Opens a path; one byte more than the limit is read, which is enough to notice. Each call opens it anew. */
export function boundedFile(path: string, bytesMax: number): OpenFile {
  return {
    async mark() {
      await using file = await open(path)
      const { ino, size, mtimeNs } = await file.stat({ bigint: true })
      return `${ino} ${size} ${mtimeNs}`
    },
    async read() {
      await using file = await open(path)
      const chunks: Uint8Array[] = []
      let size = 0
      for await (const chunk of file.createReadStream({ end: bytesMax })) {
        chunks.push(chunk as Uint8Array)
        size += (chunk as Uint8Array).length
      }
      return Buffer.concat(chunks, size)
    },
  }
}
