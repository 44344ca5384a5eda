import type { JSX } from 'preact'
import { countOf } from '../parts/words.ts'
import { goTo, placeOf } from '../shell/route.ts'
import { FILTERED, valuesIn, type FlowFilter } from './flow.ts'
import type { Flow } from './use-flow.ts'

/** Reads the filter of an address. */
export function filterIn(query: URLSearchParams): FlowFilter {
  const values = FILTERED.map((name) => [name, query.get(name) ?? ''] as const)
  return {
    text: query.get('q') ?? '',
    hasProbes: query.has('probes'),
    ...Object.fromEntries(values),
  }
}

interface Props {
  readonly filter: FlowFilter
  readonly flow: Flow
}

/** The filters of the page, each in its address, and the pause. */
export function LiveFilters({ filter, flow }: Props): JSX.Element {
  const { text, hasProbes } = filter
  const show = (more: Partial<FlowFilter>): void => {
    const { text: q, hasProbes: probes, ...values } = { ...filter, ...more }
    goTo(placeOf('/live', { q, probes: probes ? '1' : null, ...values }), { replace: true })
  }
  const rows = flow.rows.filter(({ isProbe }) => hasProbes || !isProbe)
  return (
    <div class="filters">
      <label>
        Filter
        <input
          type="search"
          value={text}
          onInput={(event) => show({ text: event.currentTarget.value })}
        />
      </label>
      {FILTERED.map((name) => (
        <ValueFilter
          key={name}
          name={name}
          value={filter[name] ?? ''}
          values={valuesIn(rows, name, filter[name])}
          pick={(value) => show({ [name]: value })}
        />
      ))}
      <label class="check">
        <input
          type="checkbox"
          checked={hasProbes}
          onChange={(event) => show({ hasProbes: event.currentTarget.checked })}
        />
        Show probes
      </label>
      <button type="button" onClick={flow.pause} aria-pressed={flow.isPaused}>
        {flow.isPaused ? `Resume (${countOf(flow.held, 'new change')})` : 'Pause'}
      </button>
    </div>
  )
}

interface ValueProps {
  readonly name: string
  readonly value: string
  readonly values: readonly string[]
  readonly pick: (value: string) => void
}

function ValueFilter({ name, value, values, pick }: ValueProps): JSX.Element {
  return (
    <label>
      {name.replace(/^./, (letter) => letter.toUpperCase())}
      <select value={value} onChange={(event) => pick(event.currentTarget.value)}>
        <option value="">any</option>
        {values.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  )
}
