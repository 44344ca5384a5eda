import { ALERT_LIMITS } from '../slo/alerts.ts'
import type { FindingRule } from './finding-rule.ts'
import { spanOf, timeMs } from './words.ts'

/** Findings about the probes of the whole path. */
export const probeHealth: Readonly<Record<'probeAbsent' | 'probeLost', FindingRule>> = {
  probeAbsent: {
    alert: 'probeAbsent',
    weight: 'degraded',
    effect: 'without traffic, an outage would not be detected',
    find: ({ status }) => {
      if (status === undefined) return []
      const { probes = null, measuredAt } = status
      const lastMs = Math.max(...(probes ?? []).map(({ at }) => timeMs(at)))
      const sinceMs = timeMs(measuredAt) - lastMs
      const isOld = probes !== null && probes.length > 0 && sinceMs > ALERT_LIMITS.probeAbsentMs
      if (probes !== null && !isOld) return []
      const remedy = 'check FRESHET_PROBE_EDGES and FRESHET_PROBE_KEYS of the console'
      // An installation can do without probes.
      if (!isOld) return [{ object: 'probes', what: 'No probe runs', remedy, weight: 'note' }]
      return [{ object: 'probes', what: `The last probe is ${spanOf(sinceMs)} old`, remedy }]
    },
  },
  probeLost: {
    alert: 'probeLost',
    weight: 'not-fresh',
    effect: 'real changes can fail in the same way',
    find: ({ status }) =>
      (status?.probes ?? []).flatMap(({ claim, broken }) => {
        if (broken === null) return []
        const where = broken.at === null ? broken.step : `${broken.step} at ${broken.at}`
        const what = `The last probe of ${claim} broke at the step ${where}`
        return [{ object: claim, what, remedy: 'run `freshet probe run` and `freshet doctor`' }]
      }),
  },
}
