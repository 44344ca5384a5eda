/** The matchers that queries get besides their own. */
export interface Selection {
  /** Matchers of series that are scraped. */
  readonly scraped: readonly string[]
  /** Matchers of series that rules record, and of alerts. */
  readonly recorded: readonly string[]
}

/** The label by which rules keep installations apart. */
export const CLUSTER_MATCHER = 'cluster=~"$cluster"'

const MATCHER = /\s*([a-zA-Z_]\w*)\s*(=~|!~|=|!=)\s*("(?:[^"\\]|\\.)*")\s*(?:,|$)/y

/** A selector of ours: the name of a metric, of a recorded series, or of the alerts, and its matchers. */
const SELECTED =
  /\b((?:freshet_|http_server_|nodejs_|process_)[a-z0-9_]+|(?:slo|freshet):[a-z0-9_:]+|ALERTS\b|up(?=\{))(?:\{([^}]*)\})?/g

/** Constants of objectives and the Watchdog have no cluster. */
const GLOBAL = /^slo:(?:objective|error_budget):ratio$|^slo:time_period:days$/
const WATCHDOG = 'alertname="Watchdog"'

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

/** The scopes of rules and of boards. A matcher with a variable of Grafana is for boards alone. */
export function selectionsOf(matchers: readonly string[]): {
  readonly rules: Selection
  readonly boards: Selection
} {
  const isOfGrafana = (matcher: string): boolean => matcher.includes('$')
  const scraped = matchers.filter((each) => !isOfGrafana(each))
  const recorded = [...new Set([CLUSTER_MATCHER, ...matchers.filter(isOfGrafana)])]
  return {
    rules: { scraped, recorded: [] },
    boards: { scraped: [...recorded, ...scraped], recorded },
  }
}

/** Puts the matchers of a scope into every selector of a query. */
export function withSelection(query: string, { scraped, recorded }: Selection): string {
  return query.replaceAll(SELECTED, (selector, name: string, own: string | undefined) => {
    const isRecorded = name === 'ALERTS' || name.includes(':')
    const added = isRecorded ? recorded : scraped
    if (added.length === 0 || GLOBAL.test(name) || own?.includes(WATCHDOG) === true) return selector
    return `${name}{${[...(own === undefined || own === '' ? [] : [own]), ...added].join(',')}}`
  })
}
