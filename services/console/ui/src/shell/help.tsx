import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { PAGES } from './pages.ts'

/** The effects of keys. */
export function Help({
  isOpen,
  close,
}: {
  readonly isOpen: boolean
  readonly close: () => void
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="facts">
        <dt>
          <kbd>/</kbd> or <kbd>Ctrl K</kbd>
        </dt>
        <dd>search</dd>
        {PAGES.map(({ letter, name }) => [
          <dt key={`${letter}-key`}>
            <kbd>g</kbd> <kbd>{letter}</kbd>
          </dt>,
          <dd key={letter}>{name}</dd>,
        ])}
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>this help</dd>
      </dl>
      <button type="button" onClick={close}>
        Close
      </button>
    </dialog>
  )
}
