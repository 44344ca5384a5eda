import { checkPolicies } from '@freshet/cedar'
import { loadRegistry, type LoadedRegistryFile } from '@freshet/runtime'
import { COMPILE_WITHIN_MS, type DoctorCheck, type CheckFinding } from '../check.ts'
import type { DoctorTarget } from '../target.ts'
import { numberOf } from '../../output/number-of.ts'

const group = 'configuration'

/** The name of the check that others need. */
export const REGISTRY_SOUND = 'the registry is sound'

/** The registry file with its key sets. */
export function registryChecks({ registry }: DoctorTarget): readonly DoctorCheck[] {
  return [
    {
      group,
      name: REGISTRY_SOUND,
      title: 'registry file',
      withinMs: COMPILE_WITHIN_MS,
      run: async () => {
        if (registry === undefined) return notGiven
        const loaded = await loadRegistry(registry, checkPolicies)
        return { outcome: 'ok', detail: summaryOf(loaded) }
      },
    },
  ]
}

const notGiven: CheckFinding = {
  outcome: 'skipped',
  detail: 'no registry file is known here',
  fix: 'freshet doctor --registry FILE',
}

function summaryOf({ registry }: LoadedRegistryFile): string {
  const { version, claims, sources } = registry
  return `version ${version}: ${numberOf(claims.size, 'claim')} of ${numberOf(sources.size, 'source')}, every key set readable`
}
