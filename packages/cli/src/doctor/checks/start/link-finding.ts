import { isServiceLink } from '@freshet/wire/environment'
import type { CheckFinding } from '../../check.ts'
import type { DoctorTarget } from '../../target.ts'

/** Returns whether the environment has the variables that Kubernetes makes of a Service. They are ignored. */
export function linkFinding(env: DoctorTarget['env']): CheckFinding {
  const links = Object.entries(env)
    .filter(([name, value = '']) => name.startsWith('FRESHET_') && isServiceLink(name, value))
    .map(([name]) => name)
  if (links.length === 0) return { outcome: 'ok', detail: 'no service links' }
  return {
    outcome: 'warning',
    detail: `service links: ${links.join(', ')}`,
    means: 'the service ignores them; a setting of the same name would be ignored, too',
    fix: 'set enableServiceLinks: false in the pod',
  }
}
