import type { JSX } from 'preact'

interface PickerProps {
  readonly label: string
  readonly value: string
  readonly numbers: readonly string[]
  readonly onPick: (version: string) => void
}

/** A choice of one published version. */
export function VersionPicker({ label, value, numbers, onPick }: PickerProps): JSX.Element {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        {numbers.map((each) => (
          <option key={each} value={each}>
            version {each}
          </option>
        ))}
      </select>
    </label>
  )
}
