import { FreshetError, type Clock } from '@freshet/protocol'
import type { PolicyDifference } from '../diff/difference.ts'
import {
  canonicalDocument,
  readRegistryDocument,
  type PolicyVersion,
} from '../document/registry-document.ts'
import { diffVersions } from '../diff/diff-versions.ts'
import { refuseErrors } from '../file/registry-file.ts'
import type { PolicyCheck } from '../document/policy-texts.ts'
import type { VersionStore } from './version-store.ts'

/** The parts that publishing needs. */
export interface PublishParts {
  readonly store: VersionStore
  readonly clock: Clock
  /** The version that counts now. */
  readonly current: PolicyVersion
  /** Finds what is wrong with policies; asked where a version has some. */
  readonly checkPolicies: PolicyCheck
}

/** The admin who publishes, and whether it is a dry run. */
export interface PublishTerms {
  readonly by: string
  /** Everything but the keeping. */
  readonly dryRun: boolean
}

/** A version that was published, or would be. */
export interface Published {
  readonly version: PolicyVersion
  /** True if the version was not published before. */
  readonly isNew: boolean
  /** The differences from the version that counts now. */
  readonly differences: readonly PolicyDifference[]
}

/**
 * Keeps a policy version for good, so that every process finds it when it is activated. It changes
 * nothing yet. Publishing the same content again is answered alike.
 *
 * @throws `registry.invalid` for what is no registry or does not lint, with each place;
 *   `registry.conflict` where another text is known under its number; `event.malformed`, `database.*`
 */
export async function publishVersion(
  document: Uint8Array,
  { by, dryRun }: PublishTerms,
  { store, clock, current, checkPolicies }: PublishParts,
): Promise<Published> {
  const text = canonicalDocument(document)
  const version = readRegistryDocument(text)
  if (version.policyTexts.size > 0) refuseErrors(await checkPolicies(version), 'registry')
  const pv = version.registry.version
  const known = await store.find(pv)
  const active = (await store.status(0)).active.find((each) => each.pv === pv)
  requireSame(version, known?.hash ?? active?.hash)
  if (!dryRun) {
    const row = { pv, hash: version.hash, document: text, by, atMs: clock.nowMs() }
    requireSame(version, (await store.publish(row)).hash)
  }
  return { version, isNew: known === undefined, differences: diffVersions(current, version) }
}

function requireSame({ registry, hash }: PolicyVersion, known: string | undefined): void {
  if (known === undefined || known === hash) return
  const message = `Policy version ${registry.version} is known with another content.`
  throw new FreshetError('registry.conflict', message)
}
