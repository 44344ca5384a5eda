import { useEffect, useState } from 'preact/hooks'
import { msBetween, readClocks, type ClockReading } from './clocks.ts'
import { hideFigures, OLD_AFTER_MS, showFigures } from './figures.ts'
import { onTick } from './pulse.ts'

/**
 * Adds figures to those that the page shows. Returns whether they are old. `undefined`: there are none, or
 * their text has the moment that they are of.
 */
export function useIsOld(at: ClockReading | undefined): boolean {
  const [isOld, setOld] = useState(false)
  useEffect(() => {
    if (at === undefined) return setOld(false)
    const key = Symbol('figures')
    const refresh = (): void => setOld(msBetween(at, readClocks()) > OLD_AFTER_MS)
    showFigures(key, at)
    refresh()
    const ended = onTick(refresh)
    return () => {
      ended()
      hideFigures(key)
    }
  }, [at])
  return isOld
}

/** Returns the present value of something that changes with time. It is read each second. */
export function useEachSecond<T>(read: () => T): T {
  const [value, setValue] = useState(read)
  useEffect(() => {
    const refresh = (): void => setValue(read)
    refresh()
    return onTick(refresh)
  }, [read])
  return value
}
