import type { RegistryAnswer, RegistryDiffAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { placeOf } from '../shell/route.ts'
import { VersionPicker } from './version-picker.tsx'

type Difference = RegistryDiffAnswer['differences'][number]

const COLUMNS: readonly Column<Difference>[] = [
  { name: 'Effect', cell: ({ effect }) => <Badge word={effect} tone="idle" /> },
  { name: 'Difference', cell: ({ sentence }) => sentence, isText: true },
  { name: 'Place', cell: ({ place }) => <code>{place}</code>, isLead: true },
  { name: 'Minimum', cell: ({ needsMinimum }) => (needsMinimum ? 'needed' : '') },
]

/** The differences of two published versions; the latest two first. */
export function VersionsDiff({ versions }: Pick<RegistryAnswer, 'versions'>): JSX.Element | null {
  const [latest, before] = versions.map(({ version }) => String(version))
  const [picked, pick] = useState<Readonly<Record<'from' | 'to', string | undefined>>>({
    from: undefined,
    to: undefined,
  })
  const [from = before, to = latest] = [picked.from, picked.to]
  if (from === undefined || to === undefined) return null
  const numbers = versions.map(({ version }) => String(version))
  return (
    <section class="card">
      <h2>Differences of two versions</h2>
      <div class="filters">
        <VersionPicker
          {...{ label: 'Before', value: from, numbers }}
          onPick={(n) => pick({ from: n, to })}
        />
        <VersionPicker
          {...{ label: 'After', value: to, numbers }}
          onPick={(n) => pick({ from, to: n })}
        />
      </div>
      <Differences path={placeOf('/v1/registry/diff', { from, to })} />
    </section>
  )
}

function Differences({ path }: { readonly path: string }): JSX.Element {
  const answer = useAnswer<RegistryDiffAnswer>(path, 'once')
  return (
    <>
      <Answered answer={answer} what="the differences">
        {({ differences }) => (
          <Table
            caption="Differences"
            columns={COLUMNS}
            rows={differences}
            keyOf={({ place, sentence }) => `${place} ${sentence}`}
            empty="These versions have no difference."
          />
        )}
      </Answered>
      <CopyAs path={path} />
    </>
  )
}
