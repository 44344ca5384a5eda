import type { JSX } from 'preact'
import { AsOf } from '../age/as-of.tsx'
import { Icon } from '../parts/icon.tsx'
import { Time } from '../parts/time.tsx'
import { countOf } from '../parts/words.ts'
import { Cause } from './cause.tsx'
import { Refused } from './refused.tsx'
import { Sentence } from './sentence.tsx'
import { useVerdict } from './use-health.ts'
import { STATES, type Verdict } from './verdict.ts'

/**
 * The verdict on every page: is it fresh, since when, and because of what. The overview shows each cause with
 * its next action.
 */
export function Banner({ isWhole }: { readonly isWhole: boolean }): JSX.Element {
  const verdict = useVerdict()
  const [word, tone] = verdict === undefined ? (['Asking', 'idle'] as const) : STATES[verdict.state]
  return (
    <section class={`verdict-bar ${tone}`} aria-label="Health">
      <div class="verdict-line">
        <div role="status">
          <a class="verdict-word" href="/">
            <Icon tone={tone} />
            {word}
          </a>
        </div>
        {verdict !== undefined && <Because verdict={verdict} isWhole={isWhole} />}
        <AsOf />
      </div>
      {verdict?.refused !== undefined && <Refused routes={verdict.refused} isWhole={isWhole} />}
      {isWhole && verdict !== undefined && verdict.causes.length > 0 && (
        <ul class="causes">
          {verdict.causes.map((cause) => (
            <Cause key={`${cause.finding} ${cause.tenant} ${cause.object}`} cause={cause} />
          ))}
        </ul>
      )}
    </section>
  )
}

/** The begin of the state, and on other pages than the overview its first cause. */
function Because({
  verdict: { since, causes },
  isWhole,
}: {
  readonly verdict: Verdict
  readonly isWhole: boolean
}): JSX.Element {
  const [first, ...others] = causes
  return (
    <span class="verdict-why">
      {since !== null && (
        <>
          since <Time at={since} isClock /> (<Time at={since} />)
        </>
      )}
      {!isWhole && first !== undefined && (
        <>
          {since !== null && ': '}
          <a href="/">
            <Sentence text={first.what} />
          </a>
          {others.length > 0 && ` and ${countOf(others.length, 'other cause')}`}
        </>
      )}
    </span>
  )
}
