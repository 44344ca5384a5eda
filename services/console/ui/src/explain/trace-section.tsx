import type { ChangesAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Told } from '../parts/told.tsx'
import { ChangeList } from './change-list.tsx'

/** Changes of a trace, among the latest. */
export function TraceSection({ trace }: { readonly trace: string }): JSX.Element {
  const answer = useAnswer<ChangesAnswer>(
    `/v1/changes?${new URLSearchParams({ trace }).toString()}`,
  )
  return (
    <Told answer={answer} what="changes of the trace">
      {({ items }) => (
        <section class="card">
          <h2>Changes of trace {trace}</h2>
          <ChangeList
            changes={items}
            empty="None of the last 10,000 records of each partition belongs to this trace."
          />
        </section>
      )}
    </Told>
  )
}
