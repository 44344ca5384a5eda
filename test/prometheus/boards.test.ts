import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSlos } from '@freshet/insight/slo'
import { burnRows, STALE_VIEW_MS } from '@freshet/protocol/slo'
import { createMetrics, metricsCatalogue } from '@freshet/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { boardIn, boards, queriesAsWritten, queriesOf, ROOT } from './boards.ts'
import { isInstalled, run } from './installed.ts'

/** `.ci/run` builds it from test/prometheus/boardcheck. */
const BOARDCHECK = join(homedir(), '.cache/freshet/tools/bin/boardcheck-1')

/** Returns the names that a query can use: exposed metrics, and the results of recording rules. */
async function knownNames(): Promise<ReadonlySet<string>> {
  const { text } = await createMetrics({ version: '', commit: '' }).exposition()
  const exposed = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  const own = metricsCatalogue().flatMap(({ entries }) => entries.map(({ name }) => name))
  const rules = readFileSync(join(ROOT, 'infra/prometheus/freshet-slos.yaml'), 'utf8')
  const { groups } = parse(rules) as {
    readonly groups: readonly { readonly rules: readonly { readonly record?: string }[] }[]
  }
  const recorded = groups.flatMap((group) => group.rules.flatMap(({ record }) => record ?? []))
  return new Set([...exposed, ...own, ...recorded])
}

/** Returns the names in a query that look like metrics of ours, of the libraries or of the rules. */
function namesIn(query: string): readonly string[] {
  const names = query.match(/\b(?:freshet_|http_server_|nodejs_|process_|slo:)[a-z0-9_:]+/g) ?? []
  return names.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''))
}

/** Constants of objectives, and the alert about alerting, have no cluster. */
const GLOBAL: ReadonlySet<string> = new Set(['slo:error_budget:ratio', 'ALERTS'])

/** Returns the names in a query whose selector has no matcher of the cluster. */
function unclustered(query: string): readonly string[] {
  const selected = query.matchAll(
    /\b((?:freshet_|http_server_|nodejs_|process_|slo:)[a-z0-9_:]+|ALERTS|up(?=\{))(\{[^}]*\})?/g,
  )
  return [...selected]
    .filter(([, , own = '']) => !own.includes('cluster=~"$cluster"'))
    .flatMap(([, name = '']) => (GLOBAL.has(name) ? [] : [name]))
}

describe('boards', () => {
  it('are three, each under the uid that links go to', () => {
    expect(boards.map(({ file }) => file).toSorted()).toEqual(
      boards.map(({ board }) => `${board.uid}.json`).toSorted(),
    )
    expect(boards).toHaveLength(3)
  })

  it.each(boards)(
    '$file: every panel has a title, a description and a unit, and queries the source that is chosen',
    ({ board }) => {
      expect(board.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' })
      for (const { title, description, targets, datasource, fieldConfig } of board.panels) {
        expect(title).not.toBe('')
        expect(fieldConfig.defaults.unit).toMatch(/^\w+$/)
        expect(description).toMatch(/^\S.{20,}\.$/)
        expect(targets.length).toBeGreaterThan(0)
        for (const each of [{ datasource }, ...targets])
          expect((each.datasource ?? datasource).uid).toBe('${datasource}')
      }
    },
  )

  it.each(boards)(
    '$file: panels have ids and titles of their own, and lie beside each other',
    ({ file }) => {
      const { panels } = boardIn(file)
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
      expect(new Set(panels.map(({ type, title }) => `${type === 'row'} ${title}`)).size).toBe(
        panels.length,
      )
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from(
          { length: w * h },
          (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`,
        ),
      )
      expect(new Set(cells).size).toBe(cells.length)
    },
  )

  it.each(boards)(
    '$file: the first row answers “fresh?” by the one verdict and five figures',
    ({ board, file }) => {
      const [head, first] = boardIn(file).panels
      expect(head).toMatchObject({ type: 'row', title: 'Fresh?' })
      expect(first?.targets[0]?.expr).toContain('freshet_health{')
      const stats = board.panels.filter(({ gridPos: { y } }) => y === first?.gridPos.y)
      expect(stats.map(({ type }) => type)).toEqual(Array.from({ length: 6 }, () => 'stat'))
      const { targets, type } = board.panels[stats.length] ?? {}
      expect([type, targets?.[0]?.expr]).toEqual([
        'table',
        expect.stringContaining('freshet_health_cause{'),
      ])
    },
  )

  it.each(boards)('$file: every selector takes the cluster that is chosen', ({ board }) => {
    for (const query of queriesAsWritten(board)) expect(unclustered(query)).toEqual([])
  })

  it('control: a selector without the cluster is found', () => {
    expect(
      unclustered('max(freshet_edges) + up{job="x"} + freshet_a{cluster=~"$cluster"}'),
    ).toEqual(['freshet_edges', 'up'])
  })

  it.each(boards)('$file: asks only for what is exposed or recorded', async ({ board }) => {
    const known = await knownNames()
    expect(
      queriesOf(board)
        .flatMap(namesIn)
        .filter((name) => !known.has(name)),
    ).toEqual([])
  })
})

const red = (value: number): string => JSON.stringify({ value, color: 'red' })

describe('boards draw the limits', () => {
  const slos = readSlos(readFileSync(join(ROOT, 'infra/slo/slos.yaml'), 'utf8'))
  const complete = slos.filter(
    ({ sli, class: of }) => sli === 'change-complete' && (of === 'kill' || of === 'reduce'),
  )
  const promiseS = Math.min(...complete.map(({ thresholdMs }) => thresholdMs ?? 0)) / 1_000
  const factor = burnRows(28).find(({ long }) => long === '1h')?.factor ?? 0
  const viewS = STALE_VIEW_MS / 1_000

  /** Returns the panel of a title as text. */
  const panelOf = (file: string, title: string): string =>
    JSON.stringify(boardIn(file).panels.find((each) => each.type !== 'row' && each.title === title))

  it.each(boards)('$file: of the promise and of a view, in its first row', ({ file }) => {
    const last = panelOf(file, 'To the last edge')
    for (const text of [red(promiseS), `vector(${promiseS})`, `The objective is ${promiseS} s.`])
      expect(last).toContain(text)
    expect(panelOf(file, 'Oldest view')).toContain(red(viewS))
  })

  it.each([
    ['freshet-overview.json', 'Burn by window', [red(factor), `Above ${factor} over 1 h`]],
    ['freshet-overview.json', 'Time until complete', [`vector(${promiseS})`, `${promiseS} s that`]],
    ['freshet-edges.json', 'Time until applied', [`vector(${promiseS})`, `${promiseS} s that`]],
    ['freshet-edges.json', 'Age of views', [red(viewS)]],
  ])('%s: of the panel %s', (file, title, texts) => {
    for (const text of texts) expect(panelOf(file, title)).toContain(text)
  })

  it('control: a panel that draws another promise is found', () => {
    expect(panelOf('freshet-edges.json', 'To the last edge')).not.toContain(red(promiseS + 1))
  })
})

const hasTypes = existsSync(BOARDCHECK)

it.runIf(process.env['CI'] !== undefined)('boardcheck is built where CI runs', () => {
  expect(hasTypes).toBe(true)
})

describe.runIf(hasTypes)('the types that Grafana publishes', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'freshet-types-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it.each(boards)('$file: has every required member with its type, and no other', ({ file }) => {
    const path = join(ROOT, 'infra/grafana', file)
    expect(run(BOARDCHECK, [path])).toEqual({ isContent: true, text: '' })
  })

  it.each([
    ['a member that no type has', { timezoone: 'browser' }, 'timezoone'],
    ['a value of another type', { refresh: 30 }, 'refresh'],
    ['a panel without its options', { panels: [{ type: 'stat', options: {} }] }, 'graphMode'],
  ])('control: %s is found', (_, change, named) => {
    const path = join(dir, 'broken.json')
    writeFileSync(path, JSON.stringify({ ...boardIn('freshet-edges.json'), ...change }))
    expect(run(BOARDCHECK, [path])).toEqual({
      isContent: false,
      text: expect.stringContaining(named),
    })
  })
})

describe.runIf(isInstalled('promtool'))('every query of a board', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'freshet-boards-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** Checks with promtool that queries parse as those of rules. */
  function parses(queries: readonly string[]): boolean {
    const rules = queries.map((expr, index) => ({ record: `board:query:${index}`, expr }))
    const file = join(dir, 'queries.yaml')
    writeFileSync(file, stringify({ groups: [{ name: 'board', rules }] }))
    return run('promtool', ['check', 'rules', file]).isContent
  }

  it.each(boards)('$file: parses', ({ board }) => {
    expect(queriesOf(board).length).toBeGreaterThan(board.panels.length)
    expect(parses(queriesOf(board))).toBe(true)
  })

  it('control: one that does not parse would be found', () => {
    expect(parses(['sum by (le (rate(x[5m])))'])).toBe(false)
    expect(namesIn('slo:made:up / freshet_made_up_bucket')).toEqual([
      'slo:made:up',
      'freshet_made_up',
    ])
  })
})
