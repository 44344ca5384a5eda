import type { JSX } from 'preact'
import type { ServicesShown } from '../health/services-shown.ts'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'

const COLUMNS: readonly Column<ServicesShown['items'][number]>[] = [
  { name: 'Service', cell: ({ service }) => service },
  { name: 'Status', cell: ({ state }) => <Badge word={state} /> },
  { name: 'Reason', cell: ({ reason }) => reason ?? '' },
  { name: 'Since', cell: ({ since }) => <Time at={since} />, isTime: true },
]

/** The services that the console asks once a second. Without a present answer, their status is unknown. */
export function ServicesCard({ services }: { readonly services: ServicesShown }): JSX.Element {
  const { items, isUnknown, atMs } = services
  return (
    <section class="card" id="services">
      <h2>Services</h2>
      {isUnknown && <Unknown atMs={atMs} />}
      {!(isUnknown && items.length === 0) && (
        <div class={isUnknown ? 'outdated' : undefined}>
          <Table
            caption="Services"
            columns={COLUMNS}
            rows={items}
            keyOf={({ service }) => service}
            empty="The console asks no service."
          />
        </div>
      )}
    </section>
  )
}

function Unknown({ atMs }: Pick<ServicesShown, 'atMs'>): JSX.Element {
  return (
    <p role="status">
      <Badge word="unknown" />{' '}
      {atMs === null ? (
        'The console has not answered about its services yet.'
      ) : (
        <>
          The last answer is from <Time at={atMs} isClock /> (<Time at={atMs} />
          ).
        </>
      )}
    </p>
  )
}
