import type { SloJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { toneOf } from '../parts/tones.ts'
import { budgetText } from './slo-words.ts'

const WIDTH = 100
const HEIGHT = 6

/** The rest of a budget as a bar with its text. A spent one is a full bar in the colour of its state. */
export function BudgetBar({ slo }: { readonly slo: SloJson }): JSX.Element {
  const { budgetRemaining: left, state } = slo
  const filled = left === null ? 0 : left <= 0 ? WIDTH : Math.max(1, Math.min(1, left) * WIDTH)
  return (
    <span class="budget">
      <svg
        class={`budget-bar ${toneOf(state)}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <rect class="track" width={WIDTH} height={HEIGHT} rx="2" />
        <rect width={filled} height={HEIGHT} rx="2" />
      </svg>
      <span>{budgetText(slo)}</span>
    </span>
  )
}
