import type { ChangeTokens, ChangesAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { quoted } from '@freshet/insight/findings'
import { Told } from '../parts/told.tsx'
import { AffectedTokens } from './affected-tokens.tsx'
import { ChangeView } from './change-view.tsx'

const AGAIN_MS = 2_000

/** Every change of an id: ids are unique for a tenant and source alone. */
export function ChangeSection({ id }: { readonly id: string }): JSX.Element {
  const path = `/v1/changes/${encodeURIComponent(id)}`
  const changes = useAnswer<ChangesAnswer>(path, AGAIN_MS)
  const tokens = useAnswer<ChangeTokens>(`${path}/tokens`, 5 * AGAIN_MS)
  return (
    <Told answer={changes} what="the change">
      {({ items }) =>
        items.map((change) => (
          <section key={`${change.tenant}/${change.source}`} class="card">
            <ChangeView change={change} />
            <AffectedTokens change={change} answer={tokens} />
            <CopyAs cli={`change explain ${quoted(id)}`} path={path} />
          </section>
        ))
      }
    </Told>
  )
}
