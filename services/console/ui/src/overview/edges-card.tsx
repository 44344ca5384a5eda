import type { EdgeJson, EdgesAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { Told } from '../parts/told.tsx'
import { placeOf } from '../shell/route.ts'

/** The number of edges in each status. */
export function EdgesCard({ answer }: { readonly answer: Answer<EdgesAnswer> }): JSX.Element {
  return (
    <section class="card">
      <h2>
        <a href="/edges">Edges</a>
      </h2>
      <Told answer={answer} what="the edges">
        {({ items, groups = [] }) =>
          items.length === 0 ? (
            <p class="empty">No edge reported within the last hour.</p>
          ) : (
            <Counts edges={groups.length === 0 ? items : groups} />
          )
        }
      </Told>
    </section>
  )
}

function Counts({ edges }: { readonly edges: readonly EdgeJson[] }): JSX.Element {
  const counts = new Map<string, number>()
  for (const { standing, edges: group } of edges)
    counts.set(standing, (counts.get(standing) ?? 0) + (group ?? 1))
  return (
    <ul class="counts">
      {[...counts].map(([standing, count]) => (
        <li key={standing}>
          <a href={placeOf('/edges', { standing })}>
            <span class="big">{count}</span>
            <Badge word={standing} />
          </a>
        </li>
      ))}
    </ul>
  )
}
