import { cedarPolicies, type CedarPolicies } from '@freshet/cedar'
import type { PolicyVersion } from '@freshet/registry'
import { systemClock, type Logger, type PolicyNotes } from '@freshet/runtime'

/** The policies of versions, and what is to be done when another one counts. */
export interface OpenPolicies extends AsyncDisposable {
  readonly policies: CedarPolicies
  readonly notes: PolicyNotes
}

/**
 * None is loaded yet. The policies of the version in force are compiled before the first question; the reason
 * of a failed evaluation is logged.
 */
export function openPolicies(logger: Logger, notes: PolicyNotes): OpenPolicies {
  const onTrouble = (err: unknown): void => logger.error({ err }, 'policies were not evaluated')
  const policies = cedarPolicies({ timer: systemClock, onTrouble })
  const onCurrent = (version: PolicyVersion): void => {
    notes.onCurrent(version)
    policies.of(version)
  }
  return {
    policies,
    notes: { ...notes, onCurrent },
    [Symbol.asyncDispose]: () => policies[Symbol.asyncDispose](),
  }
}
