import type { LoggedChange } from '@freshet/insight'

/** The key of the subject of {@link loggedChange}. */
export const LOGGED_SUBJECT: string = JSON.stringify(['acme', 'https://idp.example', 'alice'])

/** A logged change with these members replaced. */
export function loggedChange(more: Partial<LoggedChange> = {}): LoggedChange {
  return {
    tenant: 'acme',
    source: 'hr',
    id: 'c1',
    e: 1n,
    partition: 3,
    offset: 7n,
    kind: 'claim',
    op: 'remove',
    claim: 'groups',
    subject: LOGGED_SUBJECT,
    class: 'reduce',
    outcome: 'applied',
    tightened: true,
    tokensMarked: 1,
    occurredAtMs: 100,
    appendedAtMs: 110,
    receivedAtMs: 112,
    appliedAtMs: 115,
    publishedAtMs: 120,
    revocationOffset: 9n,
    traceparent: null,
    ...more,
  }
}
