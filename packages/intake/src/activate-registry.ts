import { EVERY_TENANT, FreshetError, OWN_SOURCE, type Activation } from '@freshet/domain'
import { acceptChanges, type Acceptance } from './accept-changes.ts'
import type { IntakeContext } from './context.ts'

/** A policy version that is to be activated. */
export interface LoadedPolicy {
  /** Default: that of the registry in use. */
  readonly pv?: number
  /** SHA-256 of the version's document, base64url. */
  readonly hash: string
  /** Tokens of a lower policy version become stale. Default 0: none. */
  readonly minimum?: number
}

/**
 * Announces a policy version in every partition, unless a newer one was announced (rule 32). Safe to
 * call again, and by every gateway: the content is a function of
 * the version, so all of them write the same event, which is stamped once. It therefore bears no time of
 * its own; the broker's time of append tells when it was announced.
 *
 * Returns the announcement, or `undefined` where a newer version was announced before.
 *
 * @throws `registry.invalid` if this version was announced with other content; `broker.*`,
 *   `database.*`
 */
export async function activateRegistry(
  context: IntakeContext,
  policy: LoadedPolicy,
): Promise<Extract<Acceptance, { ok: true }> | undefined> {
  const version = policy.pv ?? context.registry.version
  if ((await context.store.newestPolicyVersion()) > version) return undefined
  const change = activationOf(version, policy)
  const [answer] = await acceptChanges(context, OWN_SOURCE, [{ change }])
  if (answer?.ok === true) return answer
  if (answer?.error.code !== 'event.conflict') throw answer?.error
  const message = `Policy version ${version} was activated with other content: raise the version.`
  throw new FreshetError('registry.invalid', message, { cause: answer.error })
}

function activationOf(version: number, { hash, minimum }: LoadedPolicy): Activation {
  return {
    kind: 'activate',
    tenant: EVERY_TENANT,
    source: OWN_SOURCE,
    id: `activate-${version}`,
    occurredAtMs: 0,
    sourceVersion: { epoch: 0n, n: BigInt(version) },
    sequence: BigInt(version),
    pv: version,
    hash,
    minimum: minimum ?? 0,
  }
}
