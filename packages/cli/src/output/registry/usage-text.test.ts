import type { UsageAnswer } from '@freshet/insight/answers'
import { expect, it } from 'vitest'
import { usageText } from '../../commands/registry/registry.ts'

const claim = { needed: null, carried: null, isWide: false }

function usage(more: Partial<UsageAnswer> = {}): UsageAnswer {
  return {
    apiVersion: 'freshet.dev/v1',
    days: 28,
    items: [
      {
        audience: 'payments',
        since: '2026-11-20',
        claims: [
          {
            claim: 'groups',
            state: 'used',
            decisions: 1_200,
            needed: 1,
            carried: 14.04,
            isWide: true,
          },
          { ...claim, claim: 'roles', state: 'unused', decisions: 0 },
          { ...claim, claim: 'department', state: 'descriptive', decisions: 0 },
        ],
        routes: [],
      },
      {
        audience: 'reports',
        since: null,
        claims: [{ ...claim, claim: 'groups', state: 'no-data', decisions: 0 }],
        routes: [],
      },
    ],
    differences: [
      {
        place: '/audiences/payments/claims',
        effect: 'tightens',
        needsMinimum: true,
        sentence: 'tokens for payments no longer carry roles',
      },
    ],
    ...more,
  }
}

it('the usage of claims is printed by audience, with its begin, and the claims that could be left out', () => {
  expect(usageText(usage())).toBe(
    `
payments: decisions since 2026-11-20, of the last 28 days
CLAIM       DECISIONS  NEEDED  CARRIED  USE
groups           1200       1       14  used; tokens carry far more than is needed
roles               0       -        -  never used
department          0       -        -  descriptive: edges cannot count its use

reports: no decision was counted in 28 days
CLAIM   DECISIONS  NEEDED  CARRIED  USE
groups          0       -        -  no data

without the claims that were never used:
takes away, also from outstanding tokens:
  /audiences/payments/claims: tokens for payments no longer carry roles
`.trim(),
  )
})

it('the report shows when every claim is used', () => {
  expect(usageText(usage({ items: [], differences: [] }))).toBe(
    'no audience carries a claim that was never used',
  )
})
