import type { JSX } from 'preact'
import { useDraft } from './use-draft.ts'

interface Props {
  readonly label: string
  readonly name: string
  readonly value: string
  readonly type?: 'search' | 'datetime-local'
  readonly required?: boolean
  /** Called for a change that is complete. */
  readonly onPick?: (value: string) => void
}

interface Changed {
  readonly currentTarget: HTMLInputElement
}

/** A field with its label. A moment is picked to the second. */
export function Field({ label, value, onPick, type = 'search', ...rest }: Props): JSX.Element {
  const [draft, setDraft] = useDraft(value)
  const bound = {
    ...rest,
    value: draft,
    onInput: ({ currentTarget }: Changed) => setDraft(currentTarget.value),
    onChange: ({ currentTarget }: Changed) => onPick?.(currentTarget.value),
  }
  return (
    <label>
      {label}
      {type === 'datetime-local' ? (
        <input {...bound} type="datetime-local" step="1" />
      ) : (
        <input {...bound} type="search" />
      )}
    </label>
  )
}
