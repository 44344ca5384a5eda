import type { JSX } from 'preact'
import { Field } from './field.tsx'
import { useDraft } from './use-draft.ts'

interface Props {
  readonly label: string
  readonly name: string
  readonly value: string | null
  /** The names to choose from; `undefined` while they are unknown. */
  readonly names: readonly string[] | undefined
  /** The text of no choice. Default: a choice is needed. */
  readonly any?: string
  readonly onPick?: (value: string) => void
}

/**
 * A select box of names. A value of the address is a choice even if the registry no longer has it. Without
 * names it is a text field.
 */
export function Choice({ names, value, any, ...rest }: Props): JSX.Element {
  const own = value ?? ''
  const required = any === undefined
  if (names === undefined) return <Field {...rest} value={own} required={required} />
  const all = own === '' || names.includes(own) ? names : [own, ...names]
  return <Select {...rest} own={own} names={all} any={any} />
}

interface SelectProps extends Pick<Props, 'label' | 'name' | 'onPick'> {
  readonly own: string
  readonly names: readonly string[]
  readonly any: string | undefined
}

function Select({ label, name, own, names, any, onPick }: SelectProps): JSX.Element {
  const [draft, setDraft] = useDraft(own)
  const picked = (value: string): void => {
    setDraft(value)
    onPick?.(value)
  }
  return (
    <label>
      {label}
      <select
        name={name}
        required={any === undefined}
        value={draft}
        onChange={(event) => picked(event.currentTarget.value)}
      >
        <option value="">{any ?? 'choose'}</option>
        {names.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  )
}
