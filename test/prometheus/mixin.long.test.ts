import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { boardIn, boards, ROOT } from './boards.ts'
import { isInstalled, run } from './installed.ts'

const LIBRARY = join(ROOT, 'infra/mixin/mixin.libsonnet')
const GENERATOR = join(ROOT, 'infra/run/slo-files.mjs')

it.runIf(process.env['CI'] !== undefined)('jsonnet is installed where CI runs', () => {
  expect(isInstalled('jsonnet')).toBe(true)
})

describe.runIf(isInstalled('jsonnet'))('the mixin', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'freshet-mixin-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** Returns a member of the mixin with a configuration. */
  function member(name: string, config: object = {}): unknown {
    const text = `((import '${LIBRARY}') + { _config+:: ${JSON.stringify(config)} }).${name}`
    const { isContent, text: answer } = run('jsonnet', ['--exec', text])
    if (!isContent) throw new Error(answer)
    return JSON.parse(answer)
  }

  const yamlIn = (root: string, path: string): unknown =>
    parse(readFileSync(join(root, 'infra', path), 'utf8'))

  /** Returns the groups of rules of both files, or of both members of the mixin, by their names. */
  const byName = (files: readonly unknown[]): ReadonlyMap<string, unknown> =>
    new Map(
      (files as readonly { readonly groups: readonly { readonly name: string }[] }[])
        .flatMap(({ groups }) => groups)
        .map((group) => [group.name, group]),
    )
  const RULES = ['prometheusRules', 'prometheusAlerts']
  const rulesIn = (root: string): readonly unknown[] =>
    ['slos', 'alerts'].map((name) => yamlIn(root, `prometheus/freshet-${name}.yaml`))

  it('has the rules, the boards and the inhibit rules of the repository', () => {
    const [recorded, alerts] = RULES.map((name) => member(name))
    expect(byName([recorded, alerts])).toEqual(byName(rulesIn(ROOT)))
    expect(JSON.stringify(recorded)).not.toContain('"alert"')
    expect(JSON.stringify(alerts)).not.toContain('"record"')
    expect(member('alertmanager')).toEqual(yamlIn(ROOT, 'alertmanager/freshet.yaml'))
    const shipped = boards.map(({ file }) => [file, boardIn(file)] as const)
    expect(member('grafanaDashboards')).toEqual(Object.fromEntries(shipped))
  })

  it('makes with a configuration the files that the generator makes with the same options', () => {
    const selector = 'env="prod",region=~"eu-.+"'
    const runbooks = 'https://wiki.example/'
    const names = ['--severities', 'critical,warning', '--runbooks', runbooks]
    const made = run('node', [GENERATOR, '--out', dir, '--selector', selector, ...names])
    expect(made).toEqual({ isContent: true, text: '' })
    const config = { selector, runbooks, page: 'critical', ticket: 'warning' }
    expect(byName(RULES.map((name) => member(name, config)))).toEqual(byName(rulesIn(dir)))
    expect(member('alertmanager', config)).toEqual(yamlIn(dir, 'alertmanager/freshet.yaml'))
    const [{ file }] = boards as [(typeof boards)[number]]
    const board = member(`grafanaDashboards['${file}']`, config)
    expect(board).toEqual(JSON.parse(readFileSync(join(dir, 'infra/grafana', file), 'utf8')))
    expect(JSON.stringify(board)).toContain(String.raw`env=\"prod\"`)
  })

  it('control: another selector makes other rules', () => {
    const others = RULES.map((name) => member(name, { selector: 'env="prod"' }))
    expect(byName(others)).not.toEqual(byName(rulesIn(ROOT)))
  })
})
