import type { QuarantinedDetail } from '@freshet/insight/answers'
import type { JSX, RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { dropEffects } from './drop-effects.ts'

/** The longest reason that the gateway accepts. */
export const REASON_MAX = 512

interface Props {
  readonly quarantined: QuarantinedDetail
  readonly close: () => void
  /** Sends the order. It is called once. */
  readonly drop: (reason: string) => void
}

/**
 * Asks for the confirmation of a drop, with its consequences and a reason. The browser keeps the focus inside, closes it
 * by Escape, and gives the focus back.
 */
export function DropDialog({ quarantined, close, drop }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      class="confirm"
      onClose={close}
      aria-labelledby="drop-title"
      aria-describedby="drop-effects"
    >
      <h2 id="drop-title">Drop this record?</h2>
      <dl class="facts">
        <dt>Record</dt>
        <dd>
          <code>{quarantined.id}</code>
        </dd>
        <dt>Source</dt>
        <dd>
          {quarantined.source ?? 'unknown'}
          {!quarantined.proven && ' (unproven)'}
        </dd>
        <dt>Reason</dt>
        <dd>{quarantined.reason}</dd>
      </dl>
      <ul id="drop-effects">
        {dropEffects(quarantined).map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
      <DropForm dialog={dialog} drop={drop} />
    </dialog>
  )
}

interface FormProps extends Pick<Props, 'drop'> {
  readonly dialog: RefObject<HTMLDialogElement | null>
}

function DropForm({ dialog, drop }: FormProps): JSX.Element {
  const [reason, setReason] = useState('')
  const isSent = useRef(false)
  const confirm = (event: SubmitEvent): void => {
    event.preventDefault()
    // A second Enter can come before the dialog has gone.
    if (isSent.current || reason.trim() === '') return
    isSent.current = true
    dialog.current?.close()
    drop(reason.trim())
  }
  return (
    <form onSubmit={confirm}>
      <label>
        Your reason, for the audit
        <input
          autofocus
          required
          value={reason}
          maxLength={REASON_MAX}
          autocomplete="off"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="choices">
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button type="submit" class="danger" disabled={reason.trim() === ''}>
          Drop record
        </button>
      </div>
    </form>
  )
}
