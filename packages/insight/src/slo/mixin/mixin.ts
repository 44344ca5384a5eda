import { boardsOf } from '../boards/boards.ts'
import { grafanaBoard } from '../boards/grafana.ts'
import { promisesOf } from '../boards/promises.ts'
import { alertmanagerConfig } from '../inhibit/alertmanager.ts'
import type { SloEntry } from '../read/slo-of.ts'
import { ruleFiles } from '../rules/rule-files.ts'
import { DEFAULT_OPTIONS } from '../rules/rule.ts'
import { CLUSTER_MATCHER } from '../scope/selector.ts'

const SELECTOR = '@selector@'

/** The texts that a user of the mixin configures, by the name of their mark in its library. */
const MARKS: Readonly<Record<string, string>> = {
  also: `,${SELECTOR}`,
  only: `{${SELECTOR}}`,
  runbooks: '@runbooks@',
  page: '@page@',
  ticket: '@ticket@',
}
const MARKED = new RegExp(
  `(${Object.values(MARKS)
    .map((mark) => mark.replaceAll(/[{}]/g, String.raw`\$&`))
    .join('|')})`,
)

/** Rules, boards and inhibit rules. Each text with marks is a list of texts and names of marks, in turn. */
export function mixinParts(entries: readonly SloEntry[]): object {
  const { page = '', ticket = '', runbooks = '' } = MARKS
  const severity = { ...DEFAULT_OPTIONS.severity, page, ticket }
  const ofBoards = { scraped: [CLUSTER_MATCHER, SELECTOR], recorded: [CLUSTER_MATCHER] }
  const selections = { rules: { scraped: [SELECTOR], recorded: [] }, boards: ofBoards }
  const { slos, alerts } = ruleFiles(entries, { severity, runbooks, selections })
  const boards = Object.values(boardsOf(promisesOf(entries))).map(
    (board) => [`freshet-${board.name}.json`, grafanaBoard(board, ofBoards)] as const,
  )
  const parts = {
    rules: { groups: slos },
    alerts: { groups: alerts },
    boards: Object.fromEntries(boards),
    alertmanager: alertmanagerConfig({ severity }),
  }
  return split(parts) as object
}

function split(value: unknown): unknown {
  if (typeof value === 'string') return MARKED.test(value) ? { '@': fragmentsOf(value) } : value
  if (Array.isArray(value)) return value.map(split)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, split(each)]))
}

/** A split by a group keeps what the group found, at each odd index. */
function fragmentsOf(text: string): readonly string[] {
  const names = new Map(Object.entries(MARKS).map(([name, mark]) => [mark, name]))
  return text.split(MARKED).map((part) => names.get(part) ?? part)
}

/** The library that fills the marks of its parts. */
export const MIXIN_LIBRARY: string = `// Made by node infra/run/slo-files.mjs. docs/slos.md shows its use.
local parts = import 'parts.json';

{
  _config+:: {
    // Matchers of every query of scraped metrics, such as 'namespace="freshet"'.
    selector: '',
    // The text before AlertName.md in the address of a runbook.
    runbooks: '${DEFAULT_OPTIONS.runbooks}',
    // The values of the label severity.
    page: '${DEFAULT_OPTIONS.severity.page}',
    ticket: '${DEFAULT_OPTIONS.severity.ticket}',
  },

  prometheusRules+:: filled(parts.rules),
  prometheusAlerts+:: filled(parts.alerts),
  grafanaDashboards+:: filled(parts.boards),
  // Its inhibit_rules suppress the symptoms of a cause.
  alertmanager+:: filled(parts.alertmanager),

  local config = $._config,
  local marks = config {
    also: if config.selector == '' then '' else ',' + config.selector,
    only: if config.selector == '' then '' else '{' + config.selector + '}',
  },
  local filled(value) =
    if std.isArray(value) then std.map(filled, value)
    else if !std.isObject(value) then value
    else if std.objectHas(value, '@') then std.join('', std.mapWithIndex(
      function(index, part) if index % 2 == 0 then part else marks[part],
      value['@'],
    ))
    else std.mapWithKey(function(_, each) filled(each), value),
}
`

/** The text of the parts: one line for each rule and each panel. */
export function partsText(parts: object): string {
  return `${JSON.stringify(parts).replaceAll(/(?=\{"(?:alert|record|id|name|uid)":)/g, '\n')}\n`
}
