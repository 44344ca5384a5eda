import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import nodeProcess from 'node:process'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { boardsOf, PROVISIONING } from './boards/boards.ts'
import { promisesOf } from './boards/promises.ts'
import { grafanaBoard } from './boards/grafana.ts'
import { alertmanagerConfig } from './inhibit/alertmanager.ts'
import { MIXIN_LIBRARY, mixinParts, partsText } from './mixin/mixin.ts'
import { readSloFile } from './read/read-slos.ts'
import { readMatchers, selectionsOf } from './scope/selector.ts'
import { DEFAULT_OPTIONS, type RuleOptions } from './rules/rule.ts'
import { prometheusRule, ruleFiles } from './rules/rule-files.ts'

// `node packages/insight/dist/slo/generate.js` writes the files that are made from infra/slo/slos.yaml; with
// `--check` it writes nothing and exits 1 if a file is outdated. `--kubernetes` prints a PrometheusRule
// instead; docs/slos.md explains the options.
const HEAD = '# Made from infra/slo/slos.yaml by node infra/run/slo-files.mjs.\n'
const OPTIONS = {
  check: { type: 'boolean', default: false },
  kubernetes: { type: 'boolean', default: false },
  out: { type: 'string' },
  severities: { type: 'string' },
  runbooks: { type: 'string' },
  grafana: { type: 'string' },
  selector: { type: 'string', default: '' },
} as const

const { values } = parseArgs({ options: OPTIONS })
const root = new URL('../../../../', import.meta.url)
const entries = readSloFile(readFileSync(new URL('infra/slo/slos.yaml', root), 'utf8'))
const options = optionsOf(values)
const rules = ruleFiles(entries, options)

if (values.kubernetes) nodeProcess.stdout.write(yamlOf(prometheusRule(rules)))
else writeAll(values.out === undefined ? root : pathToFileURL(`${values.out}/`))

function writeAll(base: URL): void {
  const files = new Map([
    ['infra/prometheus/freshet-slos.yaml', HEAD + yamlOf({ groups: rules.slos })],
    ['infra/prometheus/freshet-alerts.yaml', HEAD + yamlOf({ groups: rules.alerts })],
    ['infra/alertmanager/freshet.yaml', HEAD + yamlOf(alertmanagerConfig(options))],
    ['infra/mixin/mixin.libsonnet', MIXIN_LIBRARY],
    ['infra/mixin/parts.json', partsText(mixinParts(entries))],
    ['infra/grafana/provisioning.yaml', HEAD + yamlOf(PROVISIONING)],
    ...Object.values(boardsOf(promisesOf(entries))).map(
      (board) =>
        [
          `infra/grafana/freshet-${board.name}.json`,
          jsonOf(grafanaBoard(board, options.selections.boards)),
        ] as const,
    ),
  ])
  for (const [path, text] of files) {
    const file = new URL(path, base)
    if (values.check) {
      if (currentText(file) !== text) complain(path)
      continue
    }
    mkdirSync(dirname(file.pathname), { recursive: true })
    writeFileSync(file, text)
  }
}

function currentText(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function complain(path: string): void {
  nodeProcess.stderr.write(`${path} is not what infra/slo/slos.yaml says\n`)
  nodeProcess.exitCode = 1
}

function jsonOf(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function yamlOf(value: object): string {
  return stringify(value, { lineWidth: 0 })
}

function optionsOf(given: {
  readonly severities?: string | undefined
  readonly runbooks?: string | undefined
  readonly grafana?: string | undefined
  readonly selector: string
}): RuleOptions {
  const matchers = readMatchers(given.selector)
  if (matchers === undefined) {
    nodeProcess.stderr.write(
      `--selector takes matchers such as env="prod", not ${given.selector}\n`,
    )
    nodeProcess.exit(2)
  }
  const { severity } = DEFAULT_OPTIONS
  const [page = severity.page, ticket = severity.ticket] = given.severities?.split(',') ?? []
  return {
    severity: { ...severity, page, ticket },
    runbooks: given.runbooks ?? DEFAULT_OPTIONS.runbooks,
    grafana: given.grafana,
    selections: selectionsOf(matchers),
  }
}
