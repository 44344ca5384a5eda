import { invariant } from '@freshet/protocol'
import { RUNBOOKS_URL } from './alerts.ts'
import type { AlertRule, Labels, RuleGroup } from './rules.ts'

/** The names that an installation has for what the files of this repository name. */
export interface Adaptation {
  /** Matchers of every query of scraped metrics. One with a variable of Grafana is for boards alone. */
  readonly matchers: readonly string[]
  /** The values of the label `severity` of alerts that page, and of those that open a ticket. */
  readonly severities: Readonly<Record<string, string>>
  /** The address of the folder of the runbooks in `runbook_url`. */
  readonly runbooks: string
  /** The text before the path of a board in `dashboard_url`; without it, no alert has this annotation. */
  readonly grafana?: string | undefined
}

/** A board of Grafana, as far as code reads it. */
export interface Board {
  readonly uid: string
  readonly title: string
  readonly panels: readonly { readonly id: number; readonly type: string; readonly title: string }[]
}

const MATCHER = /\s*([a-zA-Z_]\w*)\s*(=~|!~|=|!=)\s*("(?:[^"\\]|\\.)*")\s*(?:,|$)/y

/** Returns the matchers of a text such as `env="prod",region=~"eu-.+"`; undefined if it is none. */
export function readMatchers(text: string): readonly string[] | undefined {
  const matchers: string[] = []
  MATCHER.lastIndex = 0
  for (let at = 0; at < text.length; at = MATCHER.lastIndex) {
    const [, label, operator, value] = MATCHER.exec(text) ?? []
    if (label === undefined) return undefined
    matchers.push(`${label}${operator}${value}`)
  }
  return matchers
}

const isOfGrafana = (matcher: string): boolean => matcher.includes('$')

/** A selector of a scraped metric in a rule, and its matchers. Rules select what other rules record as it is. */
const SCRAPED = /\b((?:freshet_|http_server_|nodejs_|process_)[a-z0-9_]+|up(?=\{))(?:\{([^}]*)\})?/g

/**
 * A selector of a board. One without the chosen cluster is that of a constant of objectives, of the Watchdog, or of
 * the list of clusters, and stays.
 */
const OF_CLUSTER = /\b([\w:]+)\{([^}]*cluster=~"\$cluster"[^}]*)\}/g

function withMatchers(name: string, own: string, matchers: readonly string[]): string {
  const present = readMatchers(own) ?? []
  const added = matchers.filter((each) => !present.includes(each))
  const all = [...(own === '' ? [] : [own]), ...added]
  return all.length === 0 ? name : `${name}{${all.join(',')}}`
}

/** Returns groups of rules with other names. `boards` are those that alerts can name. */
export function adaptRules(
  groups: readonly RuleGroup[],
  adaptation: Adaptation,
  boards: readonly Board[],
): readonly RuleGroup[] {
  const matchers = adaptation.matchers.filter((each) => !isOfGrafana(each))
  const scoped = (expr: string): string =>
    adaptSeverities(expr, adaptation).replaceAll(SCRAPED, (_, name: string, own: string = '') =>
      withMatchers(name, own, matchers),
    )
  return groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => {
      const expr = scoped(rule.expr)
      return 'alert' in rule ? adaptAlert({ ...rule, expr }, adaptation, boards) : { ...rule, expr }
    }),
  }))
}

function adaptAlert(rule: AlertRule, adaptation: Adaptation, boards: readonly Board[]): AlertRule {
  const { labels, annotations } = rule
  const { severities, runbooks, grafana } = adaptation
  const { severity = '' } = labels
  const { runbook_url: runbook = '', dashboard } = annotations
  const isLinked = grafana !== undefined && dashboard !== undefined
  return {
    ...rule,
    labels: { ...labels, severity: severities[severity] ?? severity },
    annotations: {
      ...annotations,
      runbook_url: runbook.replace(RUNBOOKS_URL, () => runbooks),
      ...(isLinked && { dashboard_url: `${grafana}/d/${panelPath(dashboard, labels, boards)}` }),
    },
  }
}

/** Returns the path of a panel that an alert names by its board and title. The board shows the objective of the alert. */
function panelPath(dashboard: string, labels: Labels, boards: readonly Board[]): string {
  const [, title, panel] = /^(.+), panel “(.+)”$/.exec(dashboard) ?? []
  const board = boards.find((each) => each.title === title)
  const found = board?.panels.find((each) => each.type !== 'row' && each.title === panel)
  invariant(board !== undefined && found !== undefined, `there is no ${dashboard}`)
  const { sloth_slo: objective } = labels
  const chosen = objective === undefined ? '' : `&var-objective=${objective}`
  return `${board.uid}?viewPanel=${found.id}${chosen}`
}

/** Returns a board whose queries and variables have the matchers. Recorded series have those of Grafana alone. */
export function adaptBoard(board: Board, { matchers }: Adaptation): Board {
  const recorded = matchers.filter(isOfGrafana)
  const scraped = [...recorded, ...matchers.filter((each) => !isOfGrafana(each))]
  return mapTexts(board, (text, member) =>
    member === 'expr' || member === 'query'
      ? text.replaceAll(OF_CLUSTER, (_, name: string, own: string) =>
          withMatchers(name, own, name === 'ALERTS' || name.includes(':') ? recorded : scraped),
        )
      : text,
  )
}

/** Returns the matchers of a configuration of Alertmanager, or a query, with other names of severities. */
export function adaptSeverities<T>(value: T, { severities }: Adaptation): T {
  return mapTexts(value, (text) =>
    text.replaceAll(
      /\bseverity="(\w+)"/g,
      (_, severity: string) => `severity="${severities[severity] ?? severity}"`,
    ),
  )
}

/** Returns a copy of a JSON value with other texts, each by the name of the member that has it. */
function mapTexts<T>(value: T, map: (text: string, member: string) => string, member = ''): T {
  const mapped = (): unknown => {
    if (typeof value === 'string') return map(value, member)
    if (Array.isArray(value)) return value.map((each: unknown) => mapTexts(each, map, member))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, mapTexts<unknown>(each, map, name)]),
    )
  }
  return mapped() as T
}
