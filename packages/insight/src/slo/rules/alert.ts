import { invariant } from '@freshet/protocol'
import type { AlertTerms } from '../alerts.ts'
import type { Board } from '../boards/board.ts'
import type { Boards } from '../boards/boards.ts'
import { panelId } from '../boards/grafana.ts'
import { unlessExplained } from '../inhibit/inhibitions.ts'
import type { AlertRule, Labels, RuleOptions } from './rule.ts'

/** An alert, before names of others are put in. */
export interface Alert extends AlertTerms {
  readonly expr: string
  /** The time that the query must answer before the alert fires. */
  readonly for?: string
  /** The time that the query looks back. Default: the present, which ends some seconds after its cause. */
  readonly window?: string
  /** True if the parts of the query leave out what a cause explains, each by a window of its own. Default: false. */
  readonly isExplained?: boolean
  readonly labels?: Labels
  readonly description: string
  /** Board and title of the panel that shows what it is about; `undefined` where there is nothing to see. */
  readonly panel?: readonly [board: Board['name'], title: string]
  /** The value of a variable of the board that the link chooses. */
  readonly choice?: readonly [variable: string, value: string]
}

/** The time in which figures of the present follow the end of their cause. */
const SECONDS_AFTER = '30s'

/** The rule of an alert. It does not fire while another one pages that explains it, nor within its window after. */
export function alertRule(
  alert: Alert,
  { severity, runbooks, grafana }: RuleOptions,
  boards: Boards,
): AlertRule {
  const { name, expr, window = SECONDS_AFTER, labels, summary, description, panel } = alert
  const { page } = severity
  return {
    alert: name,
    expr: alert.isExplained === true ? expr : unlessExplained(expr, { name, window, page }),
    ...(alert.for !== undefined && { for: alert.for }),
    labels: { severity: severity[alert.severity], ...labels },
    annotations: {
      summary,
      description,
      runbook_url: `${runbooks}${name}.md`,
      ...(panel && panelAnnotations(alert, panel, boards[panel[0]], grafana)),
    },
  }
}

/** The name of the panel serves a person who has no link to it. */
function panelAnnotations(
  { choice }: Alert,
  [name, title]: NonNullable<Alert['panel']>,
  board: Board,
  grafana: string | undefined,
): Labels {
  const id = panelId(board, title)
  invariant(id > 0, `there is no panel ${title} on the board ${name}`)
  const dashboard = `Freshet / ${board.title}, panel “${title}”`
  if (grafana === undefined) return { dashboard }
  const chosen = choice === undefined ? '' : `&var-${choice[0]}=${choice[1]}`
  return { dashboard, dashboard_url: `${grafana}/d/freshet-${name}?viewPanel=${id}${chosen}` }
}
