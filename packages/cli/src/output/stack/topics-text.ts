import type { TopicDifference, TopicPlan } from '@freshet/kafka'
import { tableOf } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

/** The planned topics as a table. */
export function planText(plans: readonly TopicPlan[], view: View = PLAIN_VIEW): string {
  return tableOf(
    [
      { heading: 'TOPIC' },
      { heading: 'PARTITIONS', align: 'right' },
      { heading: 'REPLICATION', align: 'right' },
      { heading: 'RETENTION', align: 'right' },
    ],
    plans.map(({ name, partitions, replication, config }) => [
      name,
      String(partitions),
      String(replication),
      retentionText(config['retention.ms']),
    ]),
    view,
  )
}

/** The differences of the broker from the plan. */
export function topicDifferencesText(
  differences: readonly TopicDifference[],
  view: View = PLAIN_VIEW,
): string {
  if (differences.length === 0) return 'every topic is as planned'
  const headings = ['TOPIC', 'SETTING', 'PLANNED', 'FOUND']
  return tableOf(
    headings.map((heading) => ({ heading })),
    differences.map(({ topic, setting, wanted, found }) => [topic, setting, wanted, found]),
    view,
  )
}

function retentionText(ms: string | undefined): string {
  return ms === undefined ? '-' : `${Number(ms) / 3_600_000} h`
}
