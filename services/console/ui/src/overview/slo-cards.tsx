import type { SloJson, SlosAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf, shareOf, spanOf } from '../parts/words.ts'
import { leftText, windowText } from '../slos/slo-words.ts'
import { placeOf } from '../shell/route.ts'

const NOT_FOUND = 404

/** Objectives, the least budget first. Those that are met are folded. */
export function SloCards({ answer }: { readonly answer: Answer<SlosAnswer> }): JSX.Element {
  if (answer.data === undefined && answer.problem?.status === NOT_FOUND) {
    return <p class="empty">Objectives are not measured yet.</p>
  }
  return (
    <Answered answer={answer} what="the objectives">
      {({ items }) => {
        const measured = byBudget(items).filter(({ state }) => state !== 'no-data')
        const met = measured.filter(({ state }) => state === 'met')
        return (
          <>
            <CardList slos={measured.filter(({ state }) => state !== 'met')} />
            {met.length > 0 && (
              <details class="met">
                <summary>{countOf(met.length, 'objective')} met</summary>
                <CardList slos={met} />
              </details>
            )}
            <WithoutData slos={items.filter(({ state }) => state === 'no-data')} />
          </>
        )
      }}
    </Answered>
  )
}

function CardList({ slos }: { readonly slos: readonly SloJson[] }): JSX.Element | null {
  if (slos.length === 0) return null
  return (
    <ul class="slo-cards">
      {slos.map((slo) => (
        <li key={slo.name}>
          <SloCard slo={slo} />
        </li>
      ))}
    </ul>
  )
}

/** No news is not good news: they are counted, and named on request. */
function WithoutData({ slos }: { readonly slos: readonly SloJson[] }): JSX.Element | null {
  if (slos.length === 0) return null
  return (
    <details class="met">
      <summary>{countOf(slos.length, 'objective')} without data</summary>
      <p class="without-data">
        <Badge word="no-data" />
        {slos.map(({ name }) => (
          <a key={name} href={placeOf('/slos', { slo: name })}>
            {name}
          </a>
        ))}
      </p>
    </details>
  )
}

/** Sorts objectives by their remaining budget. An objective without figures comes last. */
export function byBudget(items: readonly SloJson[]): readonly SloJson[] {
  const budget = ({ budgetRemaining }: SloJson): number =>
    budgetRemaining ?? Number.POSITIVE_INFINITY
  return items.toSorted((a, b) => budget(a) - budget(b))
}

function SloCard({ slo }: { readonly slo: SloJson }): JSX.Element {
  const { name, state, alert, ratio, target, budgetRemaining, thresholdMs, windowDays } = slo
  return (
    <a class={`card slo ${alert ?? ''}`} href={placeOf('/slos', { slo: name })}>
      <span class="section-head">
        <strong>{name}</strong>
        <Badge word={state} />
      </span>
      <span class="big">{budgetRemaining === null ? '–' : leftText(budgetRemaining)}</span>
      <span class="quiet">
        {budgetRemaining === null
          ? `no measurement in ${windowDays} d`
          : `error budget, ${windowText(slo)}`}
      </span>
      <span class="quiet">
        {ratio === null ? 'no data' : shareOf(ratio)} of {shareOf(target)}
        {thresholdMs !== null && ` within ${spanOf(thresholdMs)}`}
      </span>
    </a>
  )
}
