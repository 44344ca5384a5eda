import type { PolicyEngine } from '@freshet/authority'
import type { PolicyVersion } from '@freshet/registry'
import type { Timer } from '@freshet/wire'
import { POLICY_VERSIONS_MAX } from './limits.ts'
import { textsOf } from './policy-texts.ts'
import { startPolicyThread, type StartThread } from './thread/policy-thread.ts'
import { VersionEngine } from './version-engine.ts'

/** Options of evaluating policies. */
export interface CedarPoliciesOptions {
  readonly timer: Timer
  /** Called with the reason why policies could not be evaluated; the request is denied. */
  readonly onTrouble: (error: unknown) => void
  /** Default: a thread with the real engine. */
  readonly start?: StartThread
}

/** The policies of the versions that a process goes by. */
export interface CedarPolicies extends AsyncDisposable {
  /** Those of a version; they are compiled at the first call for it. A version without policies starts nothing. */
  of(version: PolicyVersion): PolicyEngine
}

/**
 * Evaluates policies by Cedar, those of each version in a thread of its own, parsed once and sliced by
 * route. The engine is loaded in such a thread alone.
 */
export function cedarPolicies(options: CedarPoliciesOptions): CedarPolicies {
  const { timer, onTrouble, start = (texts) => startPolicyThread(texts) } = options
  const engines = new Map<string, VersionEngine>()
  return {
    of(version) {
      const known = engines.get(version.hash)
      if (known !== undefined) return known
      const engine = new VersionEngine(textsOf(version), { timer, onTrouble, start })
      engines.set(version.hash, engine)
      for (const [hash, old] of [...engines].slice(0, -POLICY_VERSIONS_MAX)) {
        engines.delete(hash)
        void old.close()
      }
      if (version.policyTexts.size > 0) engine.warm()
      return engine
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...engines.values()].map((engine) => engine.close()))
      engines.clear()
    },
  }
}
