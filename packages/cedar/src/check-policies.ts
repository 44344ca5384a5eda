import type { PolicyCheck } from '@freshet/events'

/**
 * What Cedar finds wrong with the policies of a registry and their schema. The engine is loaded by the
 * first call: who checks no policies never has it in memory.
 */
export const checkPolicies: PolicyCheck = async (files) => {
  const { policyFindings } = await import('./lint/policy-findings.ts')
  return policyFindings(files)
}
