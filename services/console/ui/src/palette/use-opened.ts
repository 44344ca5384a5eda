import { useRef, useState } from 'preact/hooks'

/** An opening by its number; 0: it is closed. Its own end closes it, and never a later opening. */
export function useOpened(): readonly [number: number, open: () => void, close: () => void] {
  const count = useRef(0)
  const [opened, setOpened] = useState(0)
  const open = (): void => {
    count.current += 1
    setOpened(count.current)
  }
  const close = (): void => setOpened((now) => (now === opened ? 0 : now))
  return [opened, open, close]
}
