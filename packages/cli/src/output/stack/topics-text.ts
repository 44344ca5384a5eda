import type { TopicDifference, TopicPlan } from '@freshet/kafka'
import { listOf, type Column } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const PLAN_COLUMNS: readonly Column<TopicPlan>[] = [
  { heading: 'TOPIC', of: ({ name }) => name },
  { heading: 'PARTITIONS', of: ({ partitions }) => String(partitions), align: 'right' },
  { heading: 'REPLICATION', of: ({ replication }) => String(replication), align: 'right' },
  {
    heading: 'RETENTION',
    of: ({ config }) => retentionText(config['retention.ms']),
    align: 'right',
  },
]
const DIFFERENCE_COLUMNS: readonly Column<TopicDifference>[] = [
  { heading: 'TOPIC', of: ({ topic }) => topic },
  { heading: 'SETTING', of: ({ setting }) => setting },
  { heading: 'PLANNED', of: ({ wanted }) => wanted },
  { heading: 'FOUND', of: ({ found }) => found },
]

/** The planned topics as a table. */
export function planText(plans: readonly TopicPlan[], view: View = PLAIN_VIEW): string {
  return listOf(PLAN_COLUMNS, plans, view)
}

/** The differences of the broker from the plan. */
export function topicDifferencesText(
  differences: readonly TopicDifference[],
  view: View = PLAIN_VIEW,
): string {
  if (differences.length === 0) return 'every topic is as planned'
  return listOf(DIFFERENCE_COLUMNS, differences, view)
}

function retentionText(ms: string | undefined): string {
  return ms === undefined ? '-' : `${Number(ms) / 3_600_000} h`
}
