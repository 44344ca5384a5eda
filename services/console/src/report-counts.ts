import type { ReportCounts } from '@freshet/observatory'
import type { Logger } from '@freshet/runtime'
import { exposureMetrics, type Metrics } from '@freshet/telemetry'

/** Counts what reports tell, and says of each edge once a minute that its reports cannot be read. */
export function reportCounts(metrics: Metrics, logger: Pick<Logger, 'warn'>): ReportCounts {
  const counts = exposureMetrics(metrics)
  return {
    ...counts,
    unreadable(edge) {
      counts.unreadable()
      if (edge !== undefined) logger.warn({ edge }, 'a report of an edge cannot be read')
    },
  }
}
