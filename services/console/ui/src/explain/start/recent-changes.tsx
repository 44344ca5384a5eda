import type { JSX } from 'preact'
import { FLOW_COLUMNS } from '../../live/flow-columns.tsx'
import { keyOf } from '../../live/flow.ts'
import { useFlow } from '../../live/use-flow.ts'
import { Table } from '../../parts/table.tsx'
import { Told } from '../../parts/told.tsx'
import { StaleTokens } from './stale-tokens.tsx'

/** Changes that the start page shows. */
const SHOWN = 10

/** The latest changes as they happen, and the tokens that they made stale. */
export function RecentChanges(): JSX.Element {
  const { rows, answer } = useFlow()
  const changes = rows.filter(({ isProbe }) => !isProbe)
  return (
    <>
      <section class="card">
        <div class="section-head">
          <h2>Latest changes</h2>
          <a href="/live">all, live</a>
        </div>
        <Told answer={answer} what="the latest changes">
          {() => (
            <Table
              caption="Latest changes"
              columns={FLOW_COLUMNS}
              rows={changes.slice(0, SHOWN)}
              keyOf={keyOf}
              empty="No change was recorded lately. The next one appears here by itself."
            />
          )}
        </Told>
      </section>
      <section class="card">
        <h2>Latest stale tokens</h2>
        <Told answer={answer} what="the latest changes">
          {() => <StaleTokens changes={changes} />}
        </Told>
      </section>
    </>
  )
}
