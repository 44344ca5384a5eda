import type { Ordered } from '@freshet/answers'

const SAYS: Readonly<Record<string, string>> = {
  would: 'It would be taken now.',
  taken: 'It was taken.',
  sent: 'It was sent again; whether it is taken shows in a moment.',
  refused: 'It would not be taken, so nothing was sent.',
  'parked-again': 'It was refused again, and parked anew.',
  dropped: 'It was dropped. What is in doubt because of it stays in doubt.',
  unchanged: 'It was done with already.',
}

/** The outcome of an order, or the one that it would have, as a sentence. */
export function orderText({ result, why, becomes, outcome, code, rule }: Ordered): string {
  const more = [becomes ?? outcome, why, code, rule].filter((word) => word !== undefined)
  const said = SAYS[result] ?? result
  return more.length === 0 ? said : `${said} (${more.join(', ')})`
}
