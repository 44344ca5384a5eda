import type { Health } from '@freshet/insight'
import type { HealthCause } from '@freshet/insight/answers'

/** A reconciler that is gone, with a source that is silent because of it; for tests. */
export const fixedCause: HealthCause = {
  finding: 'serviceDown',
  object: 'reconciler',
  tenant: null,
  what: 'reconciler does not answer',
  since: '2026-11-24T09:59:22.000Z',
  effect: 'no change takes effect',
  do: 'run `freshet doctor`',
  runbook: 'FreshetServiceDown',
  who: null,
  symptoms: [{ finding: 'sourceSilent', object: 'hr', what: 'hr of acme is silent' }],
}

/** A verdict that is `fresh`, with these members replaced; for tests. */
export function fixedHealth(more: Partial<Health> = {}): Health {
  return {
    state: 'fresh',
    since: '2026-11-24T09:57:00.000Z',
    asOf: '2026-11-24T10:00:00.000Z',
    causes: [],
    ...more,
  }
}
