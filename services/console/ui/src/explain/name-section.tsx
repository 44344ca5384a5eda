import type { FoundJson, SearchAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { choiceOf } from '../palette/choices.ts'
import { countOf } from '../parts/words.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { goTo, placeOf } from '../shell/route.ts'

/** The length of the longest text that the console searches. */
const NAME_MAX = 256

/** Finds what a name stands for; what is the only one is shown at once. */
export function NameSection({ text }: { readonly text: string }): JSX.Element {
  const isLong = text.length > NAME_MAX
  const answer = useAnswer<SearchAnswer>(isLong ? null : placeOf('/v1/search', { q: text }), 'once')
  const items = answer.data?.items ?? []
  const only = onlyOne(items, text)
  useEffect(() => {
    if (only !== undefined) goTo(choiceOf(only).place, { replace: true })
  }, [only])
  if (answer.problem) return <ProblemNote problem={answer.problem} again={answer.again} />
  if (isLong) return <Nothing text={text} unanswered={[]} />
  if (answer.data === undefined || only !== undefined)
    return (
      <p class="quiet" aria-busy="true">
        Searching for “{text}”.
      </p>
    )
  if (items.length === 0) return <Nothing text={text} unanswered={answer.data.unanswered} />
  return <Several text={text} items={items} />
}

/** The thing with exactly this name, or the only one whose name has the text. */
function onlyOne(items: readonly FoundJson[], text: string): FoundJson | undefined {
  const whole = items.filter(({ id }) => id === text)
  const [first, ...others] = whole.length === 0 ? items : whole
  return others.length === 0 ? first : undefined
}

function Several({
  text,
  items,
}: {
  readonly text: string
  readonly items: readonly FoundJson[]
}): JSX.Element {
  return (
    <section class="card">
      <h2>
        {countOf(items.length, 'thing')} found for “{text}”
      </h2>
      <ul>
        {items.map(choiceOf).map(({ place, name, note }) => (
          <li key={place}>
            <a href={place}>{name}</a> <span class="quiet">{note}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Nothing({
  text,
  unanswered,
}: {
  readonly text: string
  readonly unanswered: SearchAnswer['unanswered']
}): JSX.Element {
  return (
    <div class="empty" role="status">
      <p>Nothing found for “{text}”.</p>
      <ul>
        {unanswered.length > 0 && (
          <li>The console could not search every kind: {unanswered.join(', ')}.</li>
        )}
        <li>
          No change, token or quarantined record has an id that begins with it. It is older than the
          retention, or has not arrived yet.
        </li>
        <li>No subject of that name has changes or outstanding tokens in any tenant.</li>
        <li>No edge, client, source, claim or audience has that text in its name.</li>
      </ul>
    </div>
  )
}
