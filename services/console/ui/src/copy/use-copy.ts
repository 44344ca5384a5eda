import { useState } from 'preact/hooks'

const SHOWN_MS = 2_000

/** Copies a text. Returns the outcome for as long as it is shown, and the function that copies. */
export function useCopy(text: string): readonly ['copied' | 'refused' | undefined, () => void] {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>()
  const copy = async (): Promise<void> => {
    const result = await navigator.clipboard.writeText(text).then(
      () => 'copied' as const,
      () => 'refused' as const,
    )
    setOutcome(result)
    setTimeout(() => setOutcome(undefined), SHOWN_MS)
  }
  return [outcome, () => void copy()]
}
