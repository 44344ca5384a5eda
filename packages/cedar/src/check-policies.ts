import type { PolicyCheck } from '@freshet/registry'

/**
 * The faults that Cedar finds in the policies of a registry and their schema. The first call loads the
 * engine: a process that checks no policies never has it in memory.
 */
export const checkPolicies: PolicyCheck = async (files) => {
  const { policyFindings } = await import('./lint/policy-findings.ts')
  return policyFindings(files)
}
