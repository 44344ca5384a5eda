import { useEffect, useState } from 'preact/hooks'

/**
 * The content of a field while a reader changes it. It follows the address, and answers that arrive in
 * between do not reset it.
 */
export function useDraft(value: string): readonly [string, (draft: string) => void] {
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  return [draft, setDraft]
}
