import type { Ordered } from '@freshet/insight/answers'

const SENTENCES: Readonly<Record<string, string>> = {
  would: 'The record would be accepted now.',
  taken: 'The record was accepted.',
  sent: 'The record was sent again. Its outcome appears in a moment.',
  refused: 'The record would be refused, so it was not sent.',
  'parked-again': 'The record was refused again, and is back in quarantine.',
  dropped: 'The record was dropped. Its claims stay in doubt.',
  unchanged: 'The record was closed before.',
}

/** The outcome of an order, or the one that it would have, as sentences. */
export function orderText({ result, why, becomes, outcome, code, rule }: Ordered): string {
  const sentence = SENTENCES[result] ?? result
  const reason = [code, rule].filter((word) => word !== undefined).join(': ') || why
  if (reason !== undefined) return `${sentence} Reason: ${reason}.`
  const end = becomes ?? outcome
  return end === undefined ? sentence : `${sentence} Outcome: ${end}.`
}
