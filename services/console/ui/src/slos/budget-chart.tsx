import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Day } from './budget-days.ts'
import { drawBudget } from './draw-budget.ts'
import { leftText } from './slo-words.ts'

/**
 * The rest of the budget, day by day. The table below it has the same content, complete even if drawing
 * fails.
 */
export function BudgetChart({ days }: { readonly days: readonly Day[] }): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  const [isFailed, setFailed] = useState(false)
  useEffect(() => {
    const { current } = place
    if (current === null) return undefined
    const ended = new AbortController()
    drawBudget(current, days, ended.signal).catch(() => setFailed(true))
    return () => ended.abort()
  }, [days])
  if (isFailed)
    return <p class="empty">This browser cannot draw the chart. The table has the same figures.</p>
  return <div ref={place} class="chart" role="img" aria-label={labelOf(days)} />
}

function labelOf(days: readonly Day[]): string {
  const last = days.at(-1)
  return `Budget left by day, from ${days[0]?.day ?? ''} to ${
    last?.day ?? ''
  }: ${leftText(last?.left ?? 0)} at its end`
}
