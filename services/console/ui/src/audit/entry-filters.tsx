import type { AuditAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { goTo, placeOf } from '../shell/route.ts'
import { ALL_CHAINS, type AuditQuery } from './audit-query.ts'
import { Choice } from './choice.tsx'
import { Field } from './field.tsx'
import { momentIn, pickedOf } from './moments.ts'
import type { RegistryNames } from './use-names.ts'

interface Props {
  readonly query: AuditQuery
  readonly names: RegistryNames
  /** The kinds that the console has; `undefined` before its answer, and from one of an earlier version. */
  readonly kinds: AuditAnswer['kinds'] | undefined
}

/** The filters of sealed entries. Each is in the address. */
export function EntryFilters({ query, names, kinds }: Props): JSX.Element {
  const { stream, kind } = query
  const show = (more: Partial<AuditQuery>): void => goTo(placeOf('/audit', { ...query, ...more }))
  const shown = kinds?.filter((each) => stream === ALL_CHAINS || each.stream === stream)
  return (
    <div class="filters">
      <label>
        Chain
        <select
          value={stream ?? ALL_CHAINS}
          onChange={(event) => show({ stream: event.currentTarget.value, kind: null })}
        >
          <option value="control">control: orders</option>
          <option value="tokens">tokens: the ledger</option>
          <option value={ALL_CHAINS}>both</option>
        </select>
      </label>
      <Choice
        {...{ label: 'Kind', name: 'kind', value: kind, any: 'every kind' }}
        names={(shown ?? []).map((each) => each.kind)}
        onPick={(picked) => show({ kind: picked })}
      />
      <Reads value={query.reads} onPick={(reads) => show({ reads })} />
      <Choice
        {...{ label: 'Tenant', name: 'of', value: query.tenant, any: 'every tenant' }}
        names={names.tenants}
        onPick={(tenant) => show({ tenant })}
      />
      <Field
        {...{ label: 'From', name: 'since', type: 'datetime-local' }}
        value={pickedOf(query.since)}
        onPick={(picked) => show({ since: momentIn(picked) })}
      />
      <Field
        {...{ label: 'Until', name: 'until', type: 'datetime-local' }}
        value={pickedOf(query.until)}
        onPick={(picked) => show({ until: momentIn(picked) })}
      />
      <Field
        {...{ label: 'About', name: 'ref', type: 'search' }}
        value={query.ref ?? ''}
        onPick={(ref) => show({ ref })}
      />
    </div>
  )
}

interface ReadsProps {
  /** `null`: a kind or an object is asked for, and its reads are always listed. */
  readonly value: string | null
  readonly onPick: (value: string) => void
}

function Reads({ value, onPick }: ReadsProps): JSX.Element {
  return (
    <label>
      Reads of admins
      <select
        value={value ?? 'true'}
        disabled={value === null}
        onChange={(event) => onPick(event.currentTarget.value)}
      >
        <option value="false">left out</option>
        <option value="true">listed</option>
      </select>
    </label>
  )
}
