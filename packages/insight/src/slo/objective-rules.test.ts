import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { objectiveRules } from './objective-rules.ts'
import { readSloFile } from './read/read-slos.ts'
import type { AlertRule, RecordingRule } from './rules.ts'

const FILE = new URL('../../../../infra/slo/slos.yaml', import.meta.url)
const entries = readSloFile(readFileSync(FILE, 'utf8'))
const rules = objectiveRules(entries, []).flatMap((group) => group.rules)

describe('recording rules', () => {
  const records = rules.filter((rule): rule is RecordingRule => 'record' in rule)

  it.each(entries)('of $slo.name are those that boards made for sloth ask for', ({ slo }) => {
    const own = records.filter(({ labels }) => labels?.['sloth_id'] === `freshet-${slo.name}`)
    expect(own.map(({ record }) => record)).toEqual(
      expect.arrayContaining([
        ...['5m', '30m', '1h', '2h', '6h', '1d', '3d', '4w'].map(
          (window) => `slo:sli_error:ratio_rate${window}`,
        ),
        'slo:objective:ratio',
        'slo:error_budget:ratio',
        'slo:time_period:days',
        'slo:current_burn_rate:ratio',
        'slo:period_burn_rate:ratio',
        'slo:period_error_budget_remaining:ratio',
        'sloth_slo_info',
      ]),
    )
    for (const { labels } of own)
      expect(labels).toMatchObject({ sloth_service: 'freshet', sloth_slo: slo.name })
  })

  it('answer nothing where nothing was valid', () => {
    for (const { record, expr } of records)
      if (record.startsWith('slo:sli_error')) expect(expr).toContain('> 0)')
  })
})

it('alerts of budgets fire as their class requires: both, by the 6 h row alone, by tickets alone', () => {
  const alerts = rules.filter((rule): rule is AlertRule => 'alert' in rule)
  const firing = (name: string): readonly string[] =>
    alerts
      .filter(({ labels }) => labels['sloth_slo'] === name)
      .map(({ labels, expr }) => `${labels['severity']} ${expr.match(/ratio_rate\w+/g)?.join(' ')}`)
  const fast = 'ratio_rate5m ratio_rate1h ratio_rate30m ratio_rate6h'
  const slow = 'ratio_rate2h ratio_rate1d ratio_rate6h ratio_rate3d'
  expect(firing('kill-complete-2s')).toEqual([`page ${fast}`, `ticket ${slow}`])
  expect(firing('stepup-complete-5s')).toEqual(['page ratio_rate30m ratio_rate6h'])
  expect(firing('grow-complete-60s')).toEqual([`ticket ${slow}`])
})
