import type { Status } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf, spanOf } from '../parts/words.ts'
import { isReal } from './counts.ts'

type Source = Status['sources'][number]

const columnsAt = (nowMs: number): readonly Column<Source>[] => [
  {
    name: 'Source',
    cell: ({ source, tenant }) => (
      <>
        {source} <span class="quiet">{tenant}</span>
      </>
    ),
  },
  { name: 'Status', cell: ({ standing }) => <Badge word={standing} /> },
  {
    name: 'Last heard',
    cell: ({ through }) =>
      through === null ? 'never' : `${spanOf(Math.max(0, nowMs - Date.parse(through)))} ago`,
    isFigure: true,
  },
  { name: 'Lease', cell: ({ leaseMs }) => spanOf(leaseMs), isFigure: true },
  { name: 'Missed changes', cell: ({ missed }) => missed, isFigure: true },
]

/** The sources, and whether each is within its lease. */
export function SourcesCard({ answer }: { readonly answer: Answer<Status> }): JSX.Element {
  return (
    <section class="card" id="sources">
      <h2>Sources</h2>
      <Answered answer={answer} what="the sources">
        {({ sources }) => {
          const ofProbes = sources.filter((source) => !isReal(source))
          return (
            <>
              <SourceTable
                {...{ caption: 'Sources', sources: sources.filter(isReal), nowMs: answer.atMs }}
              />
              {ofProbes.length > 0 && (
                <details>
                  <summary>{countOf(ofProbes.length, 'source')} of probes</summary>
                  <SourceTable
                    {...{ caption: 'Sources of probes', sources: ofProbes, nowMs: answer.atMs }}
                  />
                </details>
              )}
            </>
          )
        }}
      </Answered>
    </section>
  )
}

interface TableProps {
  readonly caption: string
  readonly sources: readonly Source[]
  readonly nowMs: number
}

function SourceTable({ caption, sources, nowMs }: TableProps): JSX.Element {
  return (
    <Table
      caption={caption}
      columns={columnsAt(nowMs)}
      rows={sources}
      keyOf={({ tenant, source }) => `${tenant}/${source}`}
      empty="The registry names no source."
    />
  )
}
