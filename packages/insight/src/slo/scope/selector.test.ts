import { describe, expect, it } from 'vitest'
import { readMatchers, selectionsOf, withSelection } from './selector.ts'

const SCOPE = { scraped: ['cluster=~"$cluster"', 'env="prod"'], recorded: ['cluster=~"$cluster"'] }

describe('a selector', () => {
  it('is read as its matchers', () => {
    expect(readMatchers('env="prod", region=~"eu-.+,x" ,a!="b\\"c"')).toEqual([
      'env="prod"',
      'region=~"eu-.+,x"',
      'a!="b\\"c"',
    ])
    expect(readMatchers('')).toEqual([])
  })

  it.each(['env', 'env=prod', 'env="prod"}', '{env="prod"}', 'env="a" b="c"'])(
    'is refused if it is none: %s',
    (text) => {
      expect(readMatchers(text)).toBeUndefined()
    },
  )

  it('with a variable of Grafana is for boards alone', () => {
    const { rules, boards } = selectionsOf(['env="prod"', 'site="$site"'])
    expect(rules).toEqual({ scraped: ['env="prod"'], recorded: [] })
    expect(boards.scraped).toEqual(['cluster=~"$cluster"', 'site="$site"', 'env="prod"'])
    expect(boards.recorded).toEqual(['cluster=~"$cluster"', 'site="$site"'])
  })
})

describe('the scope of a query', () => {
  it.each([
    ['max(freshet_edges)', 'max(freshet_edges{cluster=~"$cluster",env="prod"})'],
    [
      'sum by (le) (rate(freshet_a_bucket{class="kill"}[5m] offset 1m))',
      'sum by (le) (rate(freshet_a_bucket{class="kill",cluster=~"$cluster",env="prod"}[5m] offset 1m))',
    ],
    ['up{job=~"freshet-.+"}', 'up{job=~"freshet-.+",cluster=~"$cluster",env="prod"}'],
    [
      'slo:x:ratio / freshet:y:count1m{a="b"}',
      'slo:x:ratio{cluster=~"$cluster"} / freshet:y:count1m{a="b",cluster=~"$cluster"}',
    ],
    ['ALERTS{alertname=~"Freshet.+"}', 'ALERTS{alertname=~"Freshet.+",cluster=~"$cluster"}'],
  ])('is in each selector: %s', (query, scoped) => {
    expect(withSelection(query, SCOPE)).toBe(scoped)
  })

  it('is in no label, function, constant of an objective, or Watchdog', () => {
    for (const query of [
      'vector(1)',
      'x{sloth_id="freshet-kill"} + on (cluster, up) y',
      'slo:error_budget:ratio',
      'ALERTS{alertname="Watchdog",alertstate="firing"}',
    ])
      expect(withSelection(query, SCOPE)).toBe(query)
  })
})
