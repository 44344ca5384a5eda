import { adaptBoard, adaptRules, adaptSeverities, type Board } from './adaptation.ts'
import type { AlertmanagerConfig, RuleGroup } from './rules.ts'

const SELECTOR = '@selector@'

/** The texts that a user of the mixin configures, by the name of their mark in `infra/mixin/mixin.libsonnet`. */
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

/** The files of the mixin, before a user names what is theirs. */
export interface MixinFiles {
  readonly rules: readonly RuleGroup[]
  readonly alerts: readonly RuleGroup[]
  /** Boards by the name of their file. */
  readonly boards: ReadonlyMap<string, Board>
  readonly alertmanager: AlertmanagerConfig
}

/**
 * The text of the parts of the mixin: one line for each rule and each panel. A text with marks is a list of texts and
 * names of marks, in turn.
 */
export function mixinParts({ rules, alerts, boards, alertmanager }: MixinFiles): string {
  const { page = '', ticket = '', runbooks = '' } = MARKS
  const marked = { matchers: [SELECTOR], severities: { page, ticket }, runbooks }
  const parts = split({
    rules: { groups: adaptRules(rules, marked, []) },
    alerts: { groups: adaptRules(alerts, marked, []) },
    boards: Object.fromEntries(
      [...boards].map(([file, board]) => [file, adaptBoard(board, marked)]),
    ),
    alertmanager: adaptSeverities(alertmanager, marked),
  })
  return `${JSON.stringify(parts).replaceAll(/(?=\{"(?:alert|record|id|name|uid)":)/g, '\n')}\n`
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
