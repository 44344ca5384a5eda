import { EVERY_TENANT, FreshetError, OWN_SOURCE, type Activation } from '@freshet/protocol'
import { acceptChanges, type Acceptance } from '../changes/accept-changes.ts'
import type { IntakeContext } from '../context.ts'

/** A policy version to be activated. */
export interface PolicyToActivate {
  /** The default is the version of the registry in use. */
  readonly pv?: number
  /** SHA-256 of the version's document, base64url. */
  readonly hash: string
  /** Tokens of a lower policy version become stale. The default is 0: no token becomes stale. */
  readonly minimum?: number
}

/**
 * Announces a policy version in every partition, unless a newer one was announced (rule 32). Every gateway
 * can call this, also repeatedly. The content is a function of the version, so all of them write the same
 * event, which is stamped once. The event therefore has no time of its own. The broker's time of the append
 * is the time of the announcement.
 *
 * Returns the announcement, or `undefined` if a newer version was announced before.
 *
 * @throws `registry.invalid` if this version was announced with other content; `broker.*`, `database.*`
 */
export async function activateRegistry(
  context: IntakeContext,
  policy: PolicyToActivate,
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

function activationOf(version: number, { hash, minimum }: PolicyToActivate): Activation {
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
