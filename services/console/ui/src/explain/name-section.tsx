import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ProblemNote } from '../parts/problem-note.tsx'
import { goTo } from '../shell/route.ts'
import { findNamed, type Found } from './find-named.ts'

/** Finds what a name stands for; what is the only one is shown at once. */
export function NameSection({ text }: { readonly text: string }): JSX.Element {
  const [found, setFound] = useState<Found>()
  useEffect(() => {
    const ended = new AbortController()
    void findNamed(text, ended.signal).then((told) => {
      if (ended.signal.aborted) return
      const [only, ...others] = told.places
      if (only !== undefined && others.length === 0) goTo(only.place, { replace: true })
      else setFound(told)
    })
    return () => ended.abort()
  }, [text])
  if (found === undefined)
    return (
      <p class="quiet" aria-busy="true">
        Searching for “{text}”.
      </p>
    )
  const { places, problem, tenants } = found
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      {places.length === 0 ? (
        !problem && <Nothing text={text} tenants={tenants} />
      ) : (
        <section class="card">
          <h2>“{text}” names several things</h2>
          <ul>
            {places.map(({ place, name }) => (
              <li key={place}>
                <a href={place}>{name}</a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Nothing({
  text,
  tenants,
}: {
  readonly text: string
  readonly tenants: readonly string[]
}): JSX.Element {
  return (
    <div class="empty" role="status">
      <p>Nothing found for “{text}”.</p>
      <ul>
        <li>
          No change and no token has that id. It is older than the retention, or has not arrived
          yet.
        </li>
        <li>
          No subject of that name has changes or outstanding tokens in{' '}
          {tenants.join(', ') || 'any tenant'}.
        </li>
      </ul>
    </div>
  )
}
