import type { ReportCounts } from '@freshet/insight'
import type { Logger } from '@freshet/runtime'
import { exposureMetrics, type Metrics } from '@freshet/telemetry'

/**
 * Counts the content of reports. Once a minute it names each edge whose reports do not count, or cannot be
 * read.
 */
export function reportCounts(metrics: Metrics, logger: Pick<Logger, 'warn'>): ReportCounts {
  const counts = exposureMetrics(metrics)
  return {
    ...counts,
    unreadable(edge) {
      counts.unreadable()
      if (edge !== undefined) logger.warn({ edge }, 'a report of an edge cannot be read')
    },
    ignored(reason, edge) {
      counts.ignored(reason)
      if (edge !== undefined) logger.warn({ edge, reason }, 'a report of an edge is ignored')
    },
    unproven(reason, edge) {
      const message = 'the signature of a report proves nothing: the edge counts as unsigned'
      logger.warn({ edge, reason }, message)
    },
  }
}
