import { FreshetError } from '@freshet/protocol'
import { readRegistryDocument, type PolicyVersion } from '../document/registry-document.ts'
import type { ActiveVersion, VersionStore } from './version-store.ts'

/** The origins of versions, and the versions that this process supports. */
export interface VersionLoadParts {
  readonly store: Pick<VersionStore, 'find'>
  /** @throws where this process cannot go by the version, whoever activated it */
  readonly accept?: ((version: PolicyVersion) => void) | undefined
}

/**
 * Loads the version that an activation names. Another text than the one of that hash is never loaded,
 * whatever its author.
 *
 * @throws `registry.not-loaded` with what to do; `database.*`
 */
export async function loadVersion(
  { pv, hash }: ActiveVersion,
  { store, accept }: VersionLoadParts,
): Promise<PolicyVersion> {
  const found = await store.find(pv)
  if (found === undefined) throw notLoaded(pv, `nobody has published it: ${AGAIN}`)
  if (found.hash !== hash) throw notLoaded(pv, 'what was published under it is another text')
  const version = readable(found.document, pv)
  if (version.hash !== hash || version.registry.version !== pv) {
    throw notLoaded(pv, 'the stored text is not the one that was published')
  }
  try {
    accept?.(version)
  } catch (cause) {
    throw notLoaded(pv, `this process cannot go by it: ${wordsOf(cause)}`, cause)
  }
  return version
}

const AGAIN = 'run `freshet registry publish` with its file'

function readable(document: string, pv: number): PolicyVersion {
  try {
    return readRegistryDocument(document)
  } catch (cause) {
    throw notLoaded(pv, `this build cannot read it: ${wordsOf(cause)}`, cause)
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}

function notLoaded(pv: number, why: string, cause?: unknown): FreshetError {
  const message = `Policy version ${pv} is active, and ${why}.`
  return new FreshetError('registry.not-loaded', message, { cause })
}
