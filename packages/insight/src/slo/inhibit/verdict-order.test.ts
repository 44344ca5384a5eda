import { describe, expect, it } from 'vitest'
import { FINDINGS, type FindingId, type HealthFinding } from '../../findings/findings.ts'
import { rootCauses } from '../../health/causes.ts'
import type { AlertKey } from '../alerts.ts'
import { INHIBITIONS } from './inhibitions.ts'

/** Returns the findings of the state that an alert reports. */
function findingsOf(key: AlertKey): readonly FindingId[] {
  const ids = Object.keys(FINDINGS) as FindingId[]
  return ids.filter((id) => FINDINGS[id].alert === key || id === key)
}

const found = (id: FindingId, object: string): HealthFinding => ({
  id,
  object,
  what: id,
  remedy: '',
  urgency: 'page',
  weight: 'not-fresh',
  runbook: null,
  effect: '',
})

/** Pairs of a cause and a symptom that both are findings of the console. It has no finding about itself. */
const pairs = INHIBITIONS.filter(({ of }) => of?.['service'] !== 'console').flatMap(
  ({ cause, of, symptoms, to }) =>
    findingsOf(cause).flatMap((causeId) =>
      symptoms
        .flatMap(findingsOf)
        .filter((id) => to === undefined || id !== 'recordingLags')
        .map((symptomId) => [causeId, symptomId, of?.['service'] ?? 'x'] as const),
    ),
)

it('control: a stuck outbox explains no silent source, and both stay causes', () => {
  const roots = rootCauses([found('outboxStuck', 'outbox'), found('sourceLate', 'hr')])
  expect(roots).toHaveLength(2)
})

describe('the order of Alertmanager and of the verdict', () => {
  it.each(pairs)('%s explains %s in both (%s)', (causeId, symptomId, object) => {
    const roots = rootCauses([found(symptomId, 'x'), found(causeId, object)])
    expect(roots.map(({ finding }) => finding.id)).toEqual([causeId])
  })
})
