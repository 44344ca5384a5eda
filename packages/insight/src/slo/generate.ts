import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import nodeProcess from 'node:process'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Document, isMap, isScalar, parse, stringify, visit } from 'yaml'
import {
  adaptBoard,
  adaptRules,
  adaptSeverities,
  readMatchers,
  type Adaptation,
  type Board,
} from './adaptation.ts'
import { RUNBOOKS_URL } from './alerts.ts'
import { mixinParts } from './mixin.ts'
import { BUDGETS, objectiveRules } from './objective-rules.ts'
import { readSloFile } from './read/read-slos.ts'
import type { AlertmanagerConfig, RuleGroup } from './rules.ts'

// `node packages/insight/dist/slo/generate.js` writes the files that are made from infra/slo/slos.yaml; with
// `--check` it writes nothing and exits 1 if a file is outdated. An option that adapts names writes the authored files
// too, to `--out` if it is given. `--kubernetes` prints a PrometheusRule instead; docs/slos.md explains the options.
const HEAD = '# Made from infra/slo/slos.yaml by node infra/run/slo-files.mjs.\n'
const SLOS = 'infra/prometheus/freshet-slos.yaml'
const ALERTS = 'infra/prometheus/freshet-alerts.yaml'
const ALERTMANAGER = 'infra/alertmanager/freshet.yaml'
const BOARDS = ['overview', 'pipeline', 'edges'].map((name) => `infra/grafana/freshet-${name}.json`)
/** Authored files without a name that an option adapts. */
const COPIED = ['infra/grafana/provisioning.yaml', 'infra/mixin/mixin.libsonnet']
const OPTIONS = {
  check: { type: 'boolean', default: false },
  kubernetes: { type: 'boolean', default: false },
  out: { type: 'string' },
  severities: { type: 'string' },
  runbooks: { type: 'string' },
  grafana: { type: 'string' },
  selector: { type: 'string' },
} as const

const { values } = parseArgs({ options: OPTIONS })
const root = new URL('../../../../', import.meta.url)
const { out, severities, runbooks, grafana, selector } = values
const isAdapted = [out, severities, runbooks, grafana, selector].some((each) => each !== undefined)
const adaptation = readAdaptation()

const alertmanager = parse(authored(ALERTMANAGER)) as AlertmanagerConfig
const { groups: stateAlerts } = parse(authored(ALERTS)) as { groups: readonly RuleGroup[] }
const ofObjectives = objectiveRules(
  readSloFile(authored('infra/slo/slos.yaml')),
  alertmanager.inhibit_rules,
)
const boards = new Map(BOARDS.map((path) => [path, JSON.parse(authored(path)) as Board]))
const adapted = (groups: readonly RuleGroup[]): readonly RuleGroup[] =>
  adaptRules(groups, adaptation, [...boards.values()])

if (values.kubernetes) nodeProcess.stdout.write(stringify(prometheusRule(), { lineWidth: 0 }))
else writeAll(out === undefined ? root : pathToFileURL(`${out}/`))

function writeAll(base: URL): void {
  const files = [...madeFiles(), ...(isAdapted ? adaptedFiles() : [])]
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

function madeFiles(): readonly (readonly [path: string, text: string])[] {
  const isBudget = ({ name }: RuleGroup): boolean => name === BUDGETS
  const parts = mixinParts({
    rules: ofObjectives.filter((group) => !isBudget(group)),
    alerts: [...stateAlerts, ...ofObjectives.filter(isBudget)],
    boards: new Map([...boards].map(([path, board]) => [path.replace(/^.*\//, ''), board])),
    alertmanager,
  })
  return [
    [SLOS, HEAD + yamlOf({ groups: adapted(ofObjectives) })],
    ['infra/mixin/parts.json', parts],
  ]
}

function adaptedFiles(): readonly (readonly [path: string, text: string])[] {
  return [
    [ALERTS, yamlOf({ groups: adapted(stateAlerts) })],
    [ALERTMANAGER, yamlOf(adaptSeverities(alertmanager, adaptation))],
    ...[...boards].map(
      ([path, board]) =>
        [path, `${JSON.stringify(adaptBoard(board, adaptation), null, 2)}\n`] as const,
    ),
    ...COPIED.map((path) => [path, authored(path)] as const),
  ]
}

/** The rules for the operator of Prometheus on Kubernetes. */
function prometheusRule(): object {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'freshet', labels: { 'app.kubernetes.io/part-of': 'freshet' } },
    spec: { groups: adapted([...ofObjectives, ...stateAlerts]) },
  }
}

function authored(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

function currentText(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function complain(path: string): void {
  nodeProcess.stderr.write(`${path} is outdated: run node infra/run/slo-files.mjs\n`)
  nodeProcess.exitCode = 1
}

/** Labels are on one line. */
function yamlOf(value: object): string {
  const document = new Document(value)
  visit(document, {
    Pair(_, { key, value: labels }) {
      if (isScalar(key) && key.value === 'labels' && isMap(labels)) labels.flow = true
    },
  })
  return document.toString({ lineWidth: 0 })
}

function readAdaptation(): Adaptation {
  const matchers = readMatchers(selector ?? '')
  if (matchers === undefined) {
    nodeProcess.stderr.write(`--selector takes matchers such as env="prod", not ${selector}\n`)
    nodeProcess.exit(2)
  }
  const [page = 'page', ticket = 'ticket'] = severities?.split(',') ?? []
  return { matchers, severities: { page, ticket }, runbooks: runbooks ?? RUNBOOKS_URL, grafana }
}
