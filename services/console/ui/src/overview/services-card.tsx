import type { HealthAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'

type Service = NonNullable<HealthAnswer['services']>[number]

const COLUMNS: readonly Column<Service>[] = [
  { name: 'Service', cell: ({ service }) => service },
  { name: 'Status', cell: ({ state }) => <Badge word={state} /> },
  { name: 'Reason', cell: ({ reason }) => reason ?? '' },
  { name: 'Since', cell: ({ since }) => <Time at={since} />, isTime: true },
]

interface Props {
  /** Absent: the console asks none. */
  readonly services: readonly Service[] | undefined
}

/** The services that the console asks once a second. */
export function ServicesCard({ services }: Props): JSX.Element | null {
  if (services === undefined) return null
  return (
    <section class="card" id="services">
      <h2>Services</h2>
      <Table
        caption="Services"
        columns={COLUMNS}
        rows={services}
        keyOf={({ service }) => service}
        empty="The console asks no service."
      />
    </section>
  )
}
