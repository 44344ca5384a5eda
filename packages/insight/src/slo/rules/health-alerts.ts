import { ALERTS } from '../alerts.ts'
import type { Alert } from './alert.ts'
import { UP_OF_ANY } from './service-alerts.ts'

const VERDICTS = 'group by (cluster) (freshet_health)'
/** The cause of the console whose objects an alert names. */
const causeIs = (causes: string): string =>
  `max by (cluster, cause, object) (freshet_health_cause{cause=~"${causes}"}) == 1`
/** Prometheus asks it when it sends the alert. */
const CAUSES =
  '{{ range query (printf `freshet_health_cause{cluster="%s"} == 1` $labels.cluster) }} {{ .Labels.cause }} ({{ .Labels.object }}).{{ end }}'

/** About the one verdict of the console, and the causes that explain most others. */
export const HEALTH_ALERTS: readonly Alert[] = [
  {
    ...ALERTS.notFresh,
    expr: 'max by (cluster) (freshet_health{state="not-fresh"}) == 1',
    for: '1m',
    description: `Some claims or edges are not provably fresh, and requests are refused. \`freshet status\` names the cause.${CAUSES}`,
    panel: ['overview', 'Fresh?'],
  },
  {
    ...ALERTS.healthUnknown,
    // With several consoles, one that knows is enough.
    expr: [
      'min by (cluster) (freshet_health{state="unknown"}) == 1',
      `(group by (cluster) (${UP_OF_ANY}) unless ${VERDICTS})`,
      // One alert is enough where Prometheus knows no process at all.
      `(absent(freshet_health) and absent(${UP_OF_ANY}))`,
    ].join('\nor\n'),
    for: '2m',
    description: `No console knows if claims are fresh: its figures are old, or it gives no verdict.${CAUSES}`,
    panel: ['overview', 'Fresh?'],
  },
  {
    ...ALERTS.recordingStopped,
    expr: causeIs('recordingStopped|databaseAway|lagUnknown'),
    for: '15s',
    description:
      'No change is recorded and no heartbeat is published, because of {{ $labels.object }} ({{ $labels.cause }}).',
    panel: ['overview', 'Causes'],
  },
  {
    ...ALERTS.publishingStopped,
    expr: causeIs('publishingStopped'),
    for: '15s',
    description:
      'Changes are recorded, and no heartbeat reaches the edges in some partitions. `freshet status` names them.',
    panel: ['overview', 'Causes'],
  },
]
